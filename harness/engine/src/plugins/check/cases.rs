//! The cases: what every optimizer is held to, one rule each.

use std::thread;

use harness_plugin_api::abi::{
    HARNESS_ERR_CANCELLED, HARNESS_ERR_CONFIG, HARNESS_ERR_UNSUPPORTED, HARNESS_OK, HarnessStr,
};

use super::host::{Behaviour, Fault};
use super::saved;
use super::session::{Failure, Session, Subject};
use super::verdict::Finding;
use super::{declared, limits};

/// A rule, and the function that tries it.
pub(super) struct Case {
    pub(super) name: &'static str,
    /// What is expected, in a line.
    pub(super) what: &'static str,
    pub(super) run: fn(&Subject) -> Finding,
}

/// Steps of a run.
const STEPS: usize = 12;

type Iterates = Vec<Vec<f64>>;

/// All cases that need an optimizer, in order. `load` comes before them.
pub(super) const CASES: &[Case] = &[
    Case { name: "declared", what: "name, documents and parameters are usable", run: declared::declared },
    Case { name: "destroy_early", what: "an instance may end before its first step", run: destroy_early },
    Case { name: "runs", what: "twelve steps give finite iterates", run: runs },
    Case { name: "same_seed", what: "the same seed gives the same iterates, to the last bit", run: same_seed },
    Case { name: "interleaved", what: "two instances do not disturb each other", run: interleaved },
    Case { name: "threads", what: "an instance may move between threads", run: threads },
    Case { name: "oracle_error", what: "an error of a callback is handed on", run: oracle_error },
    Case { name: "cancellation", what: "a cancelled run ends with HARNESS_ERR_CANCELLED", run: cancellation },
    Case { name: "not_a_number", what: "NaN from the problem neither hangs nor crashes it", run: not_a_number },
    Case { name: "bounds", what: "it writes the numbers of theta and nothing else", run: bounds },
    Case { name: "stdout", what: "nothing is printed on stdout", run: stdout },
    Case { name: "descriptors", what: "no file stays open after an instance has ended", run: limits::descriptors },
    Case { name: "callbacks", what: "callbacks come from inside create and step, on their thread", run: callbacks },
    Case { name: "counted", what: "theta moves only by work that the harness counts", run: counted },
    Case { name: "extensions", what: "a problem without optional extensions is refused or solved", run: extensions },
    Case { name: "newer_host", what: "longer tables of a later version are no obstacle", run: newer_host },
    Case { name: "values", what: "every choice and every bound of the parameters is usable", run: declared::values },
    Case { name: "descent", what: "declared descent: a convex objective never rises", run: descent },
    Case { name: "save_restore", what: "a saved state goes on as the run would have", run: save_restore },
];

/// A run with the defaults.
fn run_once(subject: &Subject, behaviour: Behaviour) -> Result<(Session, Iterates), Failure> {
    let mut session = subject.begin(behaviour, 1)?;
    let iterates = session.steps(STEPS)?;
    Ok((session, iterates))
}

/// The iterates that other runs are compared with; where there are none, the case says so and leaves the blame to the
/// case that is about it.
pub(super) fn reference(subject: &Subject) -> Result<Iterates, Finding> {
    let run = || {
        run_once(subject, Behaviour::GOOD)
            .map(|(_, iterates)| iterates)
            .map_err(|_| Finding::Skipped("it does not run: see `runs`".to_owned()))
    };
    let (first, second) = (run()?, run()?);
    if same(&first, &second) {
        Ok(first)
    } else {
        Err(Finding::Skipped("its iterates differ from run to run: see `same_seed`".to_owned()))
    }
}

pub(super) fn same(one: &Iterates, other: &Iterates) -> bool {
    difference(one, other).is_none()
}

/// The first difference of two runs.
pub(super) fn difference(one: &Iterates, other: &Iterates) -> Option<String> {
    for (step, (a, b)) in one.iter().zip(other).enumerate() {
        for (i, (x, y)) in a.iter().zip(b).enumerate() {
            if x.to_bits() != y.to_bits() {
                return Some(format!("after step {step} parameter {i} is {x:e} and {y:e}"));
            }
        }
    }
    (one.len() != other.len()).then(|| format!("{} steps and {}", one.len() - 1, other.len() - 1))
}

fn compare(expected: &Iterates, found: &Iterates, situation: &str) -> Finding {
    match difference(expected, found) {
        None => Finding::passed(),
        Some(difference) => Finding::Failed(format!("{situation}: {difference}")),
    }
}

/// Turns early returns into the finding.
fn finding(body: impl FnOnce() -> Result<Finding, Finding>) -> Finding {
    body().unwrap_or_else(|finding| finding)
}

#[expect(clippy::needless_pass_by_value, reason = "for `map_err`")]
fn failed(failure: Failure) -> Finding {
    Finding::Failed(failure.to_string())
}

fn destroy_early(subject: &Subject) -> Finding {
    finding(|| {
        for seed in 0..4 {
            drop(subject.begin(Behaviour::GOOD, seed).map_err(failed)?);
        }
        Ok(Finding::passed())
    })
}

fn runs(subject: &Subject) -> Finding {
    finding(|| {
        let (_, iterates) = run_once(subject, Behaviour::GOOD).map_err(failed)?;
        for (step, theta) in iterates.iter().enumerate() {
            if let Some(i) = theta.iter().position(|number| !number.is_finite()) {
                return Err(Finding::Failed(format!("step {step} made parameter {i} {}", theta[i])));
            }
        }
        if subject.optimizer.info.one_shot && iterates.len() > 2 {
            let message = "it declares HARNESS_FLAG_ONE_SHOT but does not report HARNESS_FLOW_CONVERGED";
            return Err(Finding::Failed(message.to_owned()));
        }
        Ok(Finding::Passed(format!("{} steps on `{}`", iterates.len() - 1, subject.family.as_str())))
    })
}

fn same_seed(subject: &Subject) -> Finding {
    finding(|| {
        let run = || run_once(subject, Behaviour::GOOD).map_err(|_| Finding::see_runs());
        let first = run()?;
        // The first instance stays alive: memory of the second lies elsewhere.
        let second = run()?;
        Ok(compare(&first.1, &second.1, "two runs with the same seed"))
    })
}

fn interleaved(subject: &Subject) -> Finding {
    finding(|| {
        let expected = reference(subject)?;
        let mut one = subject.begin(Behaviour::GOOD, 1).map_err(failed)?;
        let mut other = subject.begin(Behaviour::GOOD, 1).map_err(failed)?;
        let mut iterates = (vec![one.theta().to_vec()], vec![other.theta().to_vec()]);
        for _ in 1..expected.len() {
            one.step().map_err(failed)?;
            other.step().map_err(failed)?;
            iterates.0.push(one.theta().to_vec());
            iterates.1.push(other.theta().to_vec());
        }
        one.destroy();
        let first = compare(&expected, &iterates.0, "a run alone, and one whose steps alternate with another's");
        Ok(if first.is_passed() {
            compare(&expected, &iterates.1, "a run alone, and one whose steps alternate with another's")
        } else {
            first
        })
    })
}

fn threads(subject: &Subject) -> Finding {
    finding(|| {
        let expected = reference(subject)?;
        let mut session = on_thread(|| subject.begin(Behaviour::GOOD, 1)).map_err(failed)?;
        let mut found = vec![session.theta().to_vec()];
        for step in 1..expected.len() {
            if step % 2 == 0 {
                session.step().map_err(failed)?;
            } else {
                on_thread(|| session.step()).map_err(failed)?;
            }
            found.push(session.theta().to_vec());
        }
        on_thread(move || drop(session));
        Ok(compare(&expected, &found, "a run on one thread, and one that changes threads at every step"))
    })
}

fn on_thread<T: Send>(body: impl FnOnce() -> T + Send) -> T {
    thread::scope(|scope| scope.spawn(body).join()).unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

/// From some callback on every one fails: create or step must fail too, and destroy must still work.
fn oracle_error(subject: &Subject) -> Finding {
    with_fault(subject, Fault::Error, |failure| match failure {
        None => Some("the callbacks failed with code 3 and `step` returned 0".to_owned()),
        Some(_) => None,
    })
}

fn cancellation(subject: &Subject) -> Finding {
    with_fault(subject, Fault::Cancelled, |failure| match failure {
        // Ignoring errors altogether is the matter of `oracle_error`.
        Some(failure) if failure.status != HARNESS_ERR_CANCELLED => {
            Some(format!("the callbacks returned {HARNESS_ERR_CANCELLED} and {failure}"))
        }
        _ => None,
    })
}

fn with_fault(
    subject: &Subject,
    fault: impl Fn(u64) -> Fault,
    judge: impl Fn(Option<&Failure>) -> Option<String>,
) -> Finding {
    let mut n_tried = 0;
    for from in 0..6 {
        let behaviour = Behaviour { fault: fault(from), ..Behaviour::GOOD };
        let mut session = match subject.begin(behaviour, 1) {
            Ok(session) => session,
            Err(failure) => {
                n_tried += 1;
                match judge(Some(&failure)) {
                    Some(message) => return Finding::Failed(message),
                    None => continue,
                }
            }
        };
        for _ in 0..STEPS {
            let before = session.host.failed();
            let outcome = session.step();
            let was_hit = session.host.failed() > before;
            if was_hit {
                n_tried += 1;
                if let Some(message) = judge(outcome.as_ref().err()) {
                    return Finding::Failed(format!("{message} (from callback {from} on)"));
                }
            }
            if was_hit || !matches!(outcome, Ok(true)) {
                break;
            }
        }
    }
    if n_tried == 0 { Finding::Skipped("it makes no callbacks".to_owned()) } else { Finding::passed() }
}

fn not_a_number(subject: &Subject) -> Finding {
    for from in 0..4 {
        let behaviour = Behaviour { fault: Fault::NotANumber(from), ..Behaviour::GOOD };
        let Ok(mut session) = subject.begin(behaviour, 1) else { continue };
        for _ in 0..STEPS {
            if !matches!(session.step(), Ok(true)) {
                break;
            }
        }
    }
    Finding::passed() // whatever it makes of NaN: it came back
}

fn bounds(subject: &Subject) -> Finding {
    finding(|| {
        let mut session = subject.begin(Behaviour::GOOD, 1).map_err(|failure| match failure.status {
            HARNESS_OK => failed(failure),
            _ => Finding::see_runs(),
        })?;
        for step in 1..=STEPS {
            let outcome = session.step();
            if let Some(place) = session.trespass() {
                let dim = session.host.dim();
                let message = format!("step {step} wrote to theta[{place}]; theta has {dim} numbers");
                return Err(Finding::Failed(message));
            }
            match outcome {
                Ok(true) => {}
                Ok(false) => break,
                Err(failure) if failure.message.as_ref().is_some_and(|text| text.starts_with("wrote ")) => {
                    return Err(failed(failure));
                }
                Err(_) => return Err(Finding::see_runs()),
            }
        }
        Ok(Finding::passed())
    })
}

/// The process that started this one looks at what was printed.
fn stdout(subject: &Subject) -> Finding {
    match run_once(subject, Behaviour::GOOD) {
        Ok(_) => Finding::passed(),
        Err(_) => Finding::see_runs(),
    }
}

fn callbacks(subject: &Subject) -> Finding {
    finding(|| {
        let (mut session, _) = run_once(subject, Behaviour::GOOD).map_err(|_| Finding::see_runs())?;
        session.destroy();
        thread::sleep(std::time::Duration::from_millis(20)); // for threads that go on
        match session.host.violations().first() {
            None => Ok(Finding::passed()),
            Some(violation) => Err(Finding::Failed(violation.clone())),
        }
    })
}

fn counted(subject: &Subject) -> Finding {
    finding(|| {
        let (session, iterates) = run_once(subject, Behaviour::GOOD).map_err(|_| Finding::see_runs())?;
        let calls = session.host.calls();
        let moved = iterates.first() != iterates.last();
        if calls.all == 0 && moved && !subject.optimizer.info.one_shot {
            let message = "it moves theta without asking the problem: work of its own is not counted in passes";
            return Err(Finding::Failed(message.to_owned()));
        }
        Ok(Finding::Passed(format!(
            "{} steps: {} gradients, {} values or E-steps, {} M- or mirror steps",
            iterates.len() - 1,
            calls.gradients,
            calls.values,
            calls.steps
        )))
    })
}

fn extensions(subject: &Subject) -> Finding {
    if let Some(get) = subject.optimizer.table.get_extension {
        // SAFETY: a function of a library that stays loaded; the id is a static.
        if !unsafe { get(HarnessStr::new("harness.none/99")) }.is_null() {
            return Finding::Failed("`get_extension` gives a table for an id that does not exist".to_owned());
        }
    }
    match run_once(subject, Behaviour { bare: true, ..Behaviour::GOOD }) {
        Ok(_) => Finding::passed(),
        Err(failure) if [HARNESS_ERR_UNSUPPORTED, HARNESS_ERR_CONFIG].contains(&failure.status) => {
            Finding::Passed(failure.to_string())
        }
        Err(failure) => match reference(subject) {
            Err(skipped) => skipped,
            Ok(_) => Finding::Failed(format!(
                "a missing extension is answered with code {HARNESS_ERR_UNSUPPORTED}, or declared in `required`; {failure}"
            )),
        },
    }
}

fn newer_host(subject: &Subject) -> Finding {
    finding(|| {
        let expected = reference(subject)?;
        let (_, found) = run_once(subject, Behaviour { newer: true, ..Behaviour::GOOD }).map_err(failed)?;
        Ok(compare(&expected, &found, "a host of this version, and one with longer tables"))
    })
}

fn descent(subject: &Subject) -> Finding {
    /// Rounding of the objective.
    const TOLERANCE: f64 = 1e-12;
    if !subject.optimizer.info.descent {
        return Finding::Skipped("not declared".to_owned());
    }
    finding(|| {
        let mut session = subject.begin_convex(1).map_err(|_| Finding::see_runs())?;
        let mut value = session.host.objective_at(session.theta());
        let start = value;
        for step in 1..=30 {
            let goes_on = session.step().map_err(|_| Finding::see_runs())?;
            let next = session.host.objective_at(session.theta());
            if next.is_nan() {
                return Err(Finding::see_runs());
            }
            if next > value + TOLERANCE * value.abs().max(1.0) {
                return Err(Finding::Failed(format!("step {step} raised the objective from {value:e} to {next:e}")));
            }
            value = next;
            if !goes_on {
                break;
            }
        }
        Ok(Finding::Passed(format!("objective from {start:.6} to {value:.6}")))
    })
}

fn save_restore(subject: &Subject) -> Finding {
    finding(|| {
        let Some(state) = saved::offered(subject) else { return Err(Finding::Skipped("not offered".to_owned())) };
        let expected = reference(subject)?;
        if expected.len() < 4 {
            return Err(Finding::Skipped("it ends before there is anything to save".to_owned()));
        }
        let half = expected.len() / 2;
        let mut first = subject.begin(Behaviour::GOOD, 1).map_err(failed)?;
        let mut found = first.steps(half).map_err(failed)?;
        let Some(bytes) = state.save(&mut first)? else {
            return Err(Finding::Skipped("this instance has no state that can be kept".to_owned()));
        };
        let mut second = subject.begin(Behaviour::GOOD, 1).map_err(failed)?;
        second.set_theta(first.theta());
        second.host.deal_like(&first.host);
        drop(first);
        state.restore(&mut second, &bytes)?;
        found.extend(second.steps(expected.len() - 1 - half).map_err(failed)?.into_iter().skip(1));
        Ok(compare(&expected, &found, "a run in one piece, and one that was saved and taken up"))
    })
}
