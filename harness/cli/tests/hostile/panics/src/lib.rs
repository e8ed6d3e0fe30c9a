//! An optimizer that fails the way Rust fails: in its third step, or when it is dropped.

use harness_plugin_api::abi::HarnessStr;
use harness_plugin_api::{Config, Flow, Info, Optimizer, Param, Problem, Result, export};

const DEEDS: &[HarnessStr] = &[
    HarnessStr::new("panic"),
    HarnessStr::new("index"),
    HarnessStr::new("allocate"),
    HarnessStr::new("overflow"),
    HarnessStr::new("drop"),
    HarnessStr::new("thread"),
];

/// See the crate's documentation.
#[derive(Debug)]
pub struct Hostile {
    deed: String,
    step: usize,
}

impl Optimizer for Hostile {
    const INFO: Info = Info {
        name: "hostile_rust",
        summary: "does harm",
        params: &[&Param::choice("deed", "what it does", DEEDS)],
        ..Info::DEFAULT
    };

    fn create(_problem: &Problem<'_>, config: &Config<'_>, _start: &[f64]) -> Result<Self> {
        Ok(Self { deed: config.choice("deed")?.to_owned(), step: 0 })
    }

    fn step(&mut self, _problem: &Problem<'_>, theta: &mut [f64]) -> Result<Flow> {
        self.step += 1;
        if self.step == 3 {
            match self.deed.as_str() {
                "panic" => panic!("nothing works"),
                "index" => theta[theta.len() + self.step] = 0.0,
                "allocate" => drop(std::hint::black_box(vec![1_u8; 100 << 30])),
                "overflow" => {
                    std::hint::black_box(descend(self.step));
                }
                "thread" => {
                    let _ = std::thread::spawn(|| panic!("in a thread")).join();
                }
                _ => {}
            }
        }
        Ok(Flow::Continue)
    }
}

impl Drop for Hostile {
    fn drop(&mut self) {
        assert!(self.deed != "drop", "in a destructor");
    }
}

#[expect(unconditional_recursion, reason = "that is the deed")]
fn descend(depth: usize) -> usize {
    let frame = std::hint::black_box([depth; 512]);
    descend(depth + 1) + frame[depth % 512]
}

export!(Hostile);
