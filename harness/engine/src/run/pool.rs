//! The scheduler's side of the workers: one thread that hands out units, listens, watches limits, and writes the record
//! of a unit whose worker died.

use std::collections::HashMap;
use std::io;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use harness_datasets::SharedFile;
use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::message::Report;
use super::obituary::{self, Death, End, Verdict};
use super::process::{Worker, shares};
use super::schedule::{Progress, RunError, RunOptions};
use super::system::{self, Exit};
use super::task::{Facts, Task};
use crate::results::{ProcessRecord, Status, nonce};

/// Beyond the limit on a unit's time: its own check, between two steps, has the first word.
const GRACE: Duration = Duration::from_millis(200);
/// Beyond the limit on a unit's time, before the optimizer's own code begins.
const LOADING: Duration = Duration::from_mins(5);
/// How long a unit that was asked to end may take to reach the end of its step.
const PATIENCE: Duration = Duration::from_secs(10);
/// Longest sleep: cancellation, and a death that no closed socket announces, are seen at the latest after this.
const TICK: Duration = Duration::from_millis(50);
/// Time between two looks at the memory of a worker that has a limit.
const MEMORY_TICK: Duration = Duration::from_millis(10);
/// How often a unit is tried whose worker is killed from outside.
const ATTEMPTS: u32 = 3;

/// A unit at work.
struct Running {
    task: Task,
    attempt: u32,
    given: Instant,
    /// From when the optimizer's code runs.
    begun: Option<Begun>,
    /// Why we have killed the worker, if we have.
    verdict: Option<Verdict>,
}

/// What a worker has said before the optimizer's code ran.
struct Begun {
    at: Instant,
    /// For the record.
    facts: Box<Facts>,
    /// What the process had used for other units.
    cpu_before: Duration,
}

/// Room for one unit at a time.
struct Slot {
    processors: Vec<usize>,
    worker: Option<Worker>,
    running: Option<Running>,
}

/// Runs tasks in workers, `jobs` at a time, in order.
pub(crate) struct Pool<'a> {
    options: &'a RunOptions,
    progress: &'a dyn Progress,
    slots: Vec<Slot>,
    /// The data of the units at work, by their key: workers share them, and a new one need not load them again.
    shared: HashMap<String, SharedFile>,
    /// What all processes that workers start have in their environment.
    mark: String,
    /// No worker gets a second unit.
    is_fresh: bool,
    /// Something is wrong with the machine: nothing new is begun.
    failed: Option<RunError>,
    /// When the units at work were asked to end.
    asked: Option<Instant>,
}

impl<'a> Pool<'a> {
    pub(crate) fn new(options: &'a RunOptions, progress: &'a dyn Progress) -> Self {
        system::adopt_orphans();
        system::hear_of_children();
        let slots = shares(options.jobs.max(1));
        let slots = slots.into_iter().map(|processors| Slot { processors, worker: None, running: None }).collect();
        let shared = HashMap::new();
        Self { options, progress, slots, shared, mark: nonce(), is_fresh: false, failed: None, asked: None }
    }

    /// A new process for every unit: what one leaves behind in memory is of no use to the next.
    pub(crate) fn with_fresh_workers(mut self) -> Self {
        self.is_fresh = true;
        self
    }

    /// Runs everything; ends early when asked to, or when the machine fails.
    pub(crate) fn run(mut self, mut tasks: impl Iterator<Item = Task>) -> Result<(), RunError> {
        loop {
            for index in 0..self.slots.len() {
                while !self.is_ending() && self.slots[index].running.is_none() {
                    let Some(task) = tasks.next() else { break };
                    self.begin(index, task, 1);
                }
            }
            if self.slots.iter().all(|slot| slot.running.is_none()) {
                break;
            }
            self.wait();
            for index in 0..self.slots.len() {
                self.listen(index);
            }
            self.watch();
        }
        self.failed.take().map_or(Ok(()), Err)
    }

    fn is_ending(&self) -> bool {
        self.failed.is_some() || self.options.cancelled.load(Ordering::Relaxed)
    }

    /// Gives a unit to the worker of a slot, which is started if need be.
    fn begin(&mut self, index: usize, mut task: Task, attempt: u32) {
        let key = task.data_key();
        self.share(&key);
        let shared = self.shared.get(&key);
        let slot = &mut self.slots[index];
        task.host.processors.clone_from(&slot.processors);
        let mut given = Err(io::Error::other("no worker"));
        if let Some(worker) = &mut slot.worker {
            given = worker.give(&task, shared);
        }
        for _ in 0..ATTEMPTS {
            if given.is_ok() {
                break;
            }
            // None yet, or it died while it was idle, which is nobody's fault.
            if let Some(worker) = slot.worker.take() {
                worker.kill();
            }
            given = Worker::start(&slot.processors, &self.mark)
                .and_then(|worker| slot.worker.insert(worker).give(&task, shared));
        }
        match given {
            Ok(()) => slot.running = Some(Running { task, attempt, given: Instant::now(), begun: None, verdict: None }),
            Err(source) => {
                self.failed.get_or_insert(RunError::Worker { source });
            }
        }
    }

    /// Makes room for the data of a unit, and lets go of those that no unit at work needs.
    fn share(&mut self, key: &str) {
        let at_work: Vec<String> =
            self.slots.iter().filter_map(|slot| slot.running.as_ref()).map(|running| running.task.data_key()).collect();
        self.shared.retain(|held, _| held == key || at_work.contains(held));
        if !self.shared.contains_key(key)
            && let Ok(file) = SharedFile::new()
        {
            // Where there are no such files, every worker has a copy of its own.
            self.shared.insert(key.to_owned(), file);
        }
    }

    /// Sleeps until something may have happened.
    fn wait(&self) {
        let mut timeout = TICK;
        let mut descriptors = Vec::new();
        for slot in &self.slots {
            let (Some(worker), Some(running)) = (&slot.worker, &slot.running) else { continue };
            descriptors.extend(worker.descriptors());
            if running.task.limit.memory.is_some() {
                timeout = timeout.min(MEMORY_TICK);
            }
            if let Some(deadline) = running.deadline() {
                timeout = timeout.min(deadline.saturating_duration_since(Instant::now()));
            }
        }
        let mut polled: Vec<PollFd<'_>> = descriptors.iter().map(|fd| PollFd::new(fd, PollFlags::IN)).collect();
        let timeout = Timespec { tv_sec: 0, tv_nsec: timeout.subsec_nanos().into() };
        // Interrupted by a signal is as good as woken.
        let _ = poll(&mut polled, Some(&timeout));
    }

    /// Hears what the worker of a slot has to say, and whether it lives.
    fn listen(&mut self, index: usize) {
        let slot = &mut self.slots[index];
        let (Some(worker), Some(_)) = (&mut slot.worker, &slot.running) else { return };
        // A worker that is seen to be dead has said everything before.
        let (pid, exit) = (worker.pid(), worker.exit());
        let output = worker.read_output();
        if !output.is_empty() {
            self.progress.output(&String::from_utf8_lossy(&output));
        }
        while let Some(worker) = &mut self.slots[index].worker {
            let report = match worker.report() {
                Ok(Some(report)) => report,
                Ok(None) => break,
                Err(_) => {
                    Report::Failed { message: "wrote to the channel of the harness".to_owned(), is_of_machine: false }
                }
            };
            if self.heard(index, report) {
                break;
            }
        }
        if let Some(exit) = exit {
            let slot = &mut self.slots[index];
            // Another one may have taken its place in between.
            let Some(mut worker) = slot.worker.take_if(|worker| worker.pid() == pid) else { return };
            let tail = worker.tail();
            let running = slot.running.take();
            self.end_orphans();
            if let Some(running) = running {
                self.died(index, running, Death { exit, tail });
            }
        }
    }

    /// Ends what a dead worker has left behind in other sessions.
    fn end_orphans(&self) {
        let workers: Vec<u32> = self.slots.iter().filter_map(|slot| slot.worker.as_ref().map(Worker::pid)).collect();
        system::end_marked_children(&self.mark, &workers);
    }

    /// Takes a report; true if the unit has ended with it.
    fn heard(&mut self, index: usize, report: Report) -> bool {
        let slot = &mut self.slots[index];
        match report {
            Report::Begun { facts, cpu_before } => {
                if let Some(running) = &mut slot.running {
                    running.begun = Some(Begun { at: Instant::now(), facts, cpu_before });
                }
                return false;
            }
            Report::Ended { status: Status::Interrupted, .. } if self.asked.is_none() => {
                // Somebody else has told the worker to end.
                if let Some(worker) = slot.worker.take() {
                    worker.kill();
                }
                if let Some(running) = slot.running.take() {
                    self.end_orphans();
                    self.again(index, running);
                }
            }
            Report::Ended { status, reason, is_kept, is_reusable } => {
                match slot.running.take() {
                    Some(running) if is_kept => self.progress.finished(&running.task.unit, status, &reason),
                    Some(running) => obituary::clear(&running.task),
                    None => {}
                }
                if (self.is_fresh || !is_reusable)
                    && let Some(mut worker) = slot.worker.take()
                {
                    loop {
                        let output = worker.read_output();
                        if output.is_empty() {
                            break;
                        }
                        self.progress.output(&String::from_utf8_lossy(&output));
                    }
                    worker.kill();
                    self.end_orphans();
                }
            }
            Report::Failed { message, is_of_machine } => {
                let exit = slot.worker.take().and_then(Worker::kill);
                if let Some(running) = slot.running.take() {
                    self.end_orphans();
                    self.failed_in(running, message, is_of_machine, exit);
                }
            }
        }
        true
    }

    /// A unit could not be run or written by its worker. If the optimizer's code ran and a clean process can write it, the
    /// optimizer is to blame.
    fn failed_in(&mut self, running: Running, message: String, is_of_machine: bool, exit: Option<Exit>) {
        let Running { task, given, begun, .. } = running;
        let unit = task.unit.hash.clone();
        match begun {
            Some(begun) if !is_of_machine => {
                self.write_for(&task, given, Some(begun), &End::Mute(message), exit);
            }
            _ => {
                obituary::clear(&task);
                self.failed.get_or_insert(RunError::Unit { unit, message });
            }
        }
    }

    /// Writes a unit that its worker can not.
    fn write_for(&mut self, task: &Task, given: Instant, begun: Option<Begun>, end: &End, exit: Option<Exit>) {
        if self.is_ending() {
            // Whatever kept it from being written, it was asked to end: the next run does better.
            obituary::clear(task);
            return;
        }
        if end.is_from_outside() && task.has_ended_before() {
            obituary::clear(task);
            let text =
                format!("unit {} was ended from outside {ATTEMPTS} times; the shorter run stays", task.unit.hash);
            self.progress.warn(&text);
            return;
        }
        if obituary::is_of_another_plugin(task) {
            obituary::clear(task);
            let message = format!("plugin {} has changed since the run began", task.plugin.display());
            self.failed.get_or_insert(RunError::Unit { unit: task.unit.hash.clone(), message });
            return;
        }
        if begun.is_some()
            && let Some(record) = obituary::committed(task)
        {
            // It had come as far as its last rename.
            self.progress.finished(&task.unit, record.status, &record.reason);
            return;
        }
        let before = begun.as_ref().map_or(Duration::ZERO, |begun| begun.cpu_before);
        let used = ProcessRecord {
            wall_s: given.elapsed().as_secs_f64(),
            cpu_s: exit.map_or(0.0, |exit| exit.cpu.saturating_sub(before).as_secs_f64()),
            peak_memory: exit.map_or(0, |exit| exit.peak_memory),
            resumed: 0,
        };
        let facts = begun.map(|begun| *begun.facts).unwrap_or_default();
        match obituary::write(task, facts, end, used) {
            Ok((status, reason)) => self.progress.finished(&task.unit, status, &reason),
            Err(error) => {
                self.failed.get_or_insert(RunError::Results(error));
            }
        }
    }

    /// Gives a unit to another worker after somebody else's signal, which says nothing of the optimizer: nothing is lost
    /// but time.
    fn again(&mut self, index: usize, running: Running) {
        let Running { task, attempt, given, begun, .. } = running;
        if attempt < ATTEMPTS || self.is_ending() {
            obituary::clear(&task);
        }
        if self.is_ending() {
            return;
        }
        if attempt < ATTEMPTS {
            self.begin(index, task.afresh(), attempt + 1);
        } else {
            self.write_for(&task, given, begun, &End::Told, None);
        }
    }

    /// A worker died before its unit had ended.
    fn died(&mut self, index: usize, running: Running, death: Death) {
        let Running { task, attempt, given, begun, verdict } = running;
        if verdict == Some(Verdict::Stopped) {
            obituary::clear(&task);
            return;
        }
        if verdict.is_none() && death.is_from_outside() && attempt < ATTEMPTS {
            self.again(index, Running { task, attempt, given, begun, verdict });
            return;
        }
        let exit = Some(death.exit);
        self.write_for(&task, given, begun, &End::Died(verdict, death), exit);
    }

    /// Ends units that have reached a limit, or that the user does not want to wait for.
    fn watch(&mut self) {
        let stops_now = self.options.stop_now.load(Ordering::Relaxed);
        if self.is_ending() && self.asked.is_none() {
            self.asked = Some(Instant::now());
            for slot in self.slots.iter().filter(|slot| slot.running.is_some()) {
                slot.worker.iter().for_each(Worker::ask_to_end);
            }
        }
        let out_of_patience = stops_now || self.asked.is_some_and(|asked| asked.elapsed() > PATIENCE);
        for slot in &mut self.slots {
            let (Some(worker), Some(running)) = (&slot.worker, &mut slot.running) else { continue };
            if running.verdict.is_some() {
                continue;
            }
            let verdict = if out_of_patience {
                Verdict::Stopped
            } else if running.deadline().is_some_and(|deadline| Instant::now() >= deadline) {
                Verdict::Time
            } else if running.task.limit.memory.is_some_and(|limit| worker.holds_more_than(limit)) {
                Verdict::Memory
            } else {
                continue;
            };
            running.verdict = Some(verdict);
            worker.kill_group();
        }
    }
}

impl Running {
    /// When the unit has had its time. What comes before the optimizer's own code, loading data above all, has time of
    /// its own.
    fn deadline(&self) -> Option<Instant> {
        let limit = Duration::try_from_secs_f64(self.task.limit.seconds?).ok()?;
        let (began, allowed) = self.begun.as_ref().map_or((self.given, LOADING), |begun| (begun.at, GRACE));
        began.checked_add(limit)?.checked_add(allowed)
    }
}

impl Drop for Pool<'_> {
    fn drop(&mut self) {
        for slot in &mut self.slots {
            if let Some(worker) = slot.worker.take() {
                worker.kill();
            }
        }
        self.end_orphans();
    }
}
