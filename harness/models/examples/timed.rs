//! Times operations of this crate on data that another program made, one per line of standard input.
//!
//! `timed X n d FAMILY EXPERTS CLASSES RIDGE Y THETA`: X, Y and THETA are files of little-endian f64. It
//! answers every command with a line `seconds value`; `scripts/peers.py` drives it and its peers in turn.

#![expect(clippy::print_stdout, reason = "it talks to the program that started it")]
#![expect(clippy::inline_always, reason = "kernels have to be compiled into code of their vector unit")]

use std::error::Error;
use std::io::BufRead;
use std::sync::Arc;
use std::time::Instant;

use harness_models::kernels::{Kernel, Level, Simd};
use harness_models::{Data, Family, Model, ModelOptions, Noise, Objective, Target, Tolerance};

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [x, n, d, family, experts, classes, ridge, y, theta] = args.as_slice() else {
        return Err("nine arguments, see the source".into());
    };
    let (n, d, classes): (usize, usize, usize) = (n.parse()?, d.parse()?, classes.parse()?);
    let targets = numbers(y)?;
    let noise = if family == "linear_noise" { Noise::PerExpert } else { Noise::Fixed };
    let (family, target) = match family.as_str() {
        "linear" | "linear_noise" => (Family::Linear, Target::Real(targets)),
        "logistic" => {
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "labels are small integers")]
            let labels = targets.iter().map(|label| *label as u32).collect();
            (Family::Logistic, Target::Classes { labels, n_classes: classes })
        }
        other => return Err(format!("unknown family: {other}").into()),
    };
    let data = Arc::new(Data::new(numbers(x)?, n, d, target)?);
    let mut options = ModelOptions::new(family);
    options.experts = Some(experts.parse()?);
    options.ridge = ridge.parse()?;
    options.noise = (family == Family::Linear).then_some(noise);
    let model = Arc::new(Model::new(&options, d, data.n_classes(), n)?);
    let theta = numbers(theta)?;
    let mut timed = Timed {
        objective: Objective::new(Arc::clone(&model), Arc::clone(&data))?,
        narrow: None,
        gradient: vec![0.0; model.dim()],
        current: theta.clone(),
        theta,
    };
    for line in std::io::stdin().lock().lines() {
        let line = line?;
        let words: Vec<&str> = line.split_whitespace().collect();
        let start = Instant::now();
        let value = timed.command(&words)?;
        println!("{:e} {value:e}", start.elapsed().as_secs_f64());
    }
    Ok(())
}

struct Timed {
    objective: Objective,
    /// The same with a design matrix of f32, once it is asked for.
    narrow: Option<Objective>,
    theta: Vec<f64>,
    current: Vec<f64>,
    gradient: Vec<f64>,
}

impl Timed {
    fn command(&mut self, words: &[&str]) -> Result<f64, Box<dyn Error>> {
        Ok(match words {
            ["gradient"] => self.objective.value_gradient(&self.theta, &mut self.gradient),
            ["norm"] => self.gradient.iter().map(|g| g * g).sum::<f64>().sqrt(),
            ["largest"] => {
                self.objective.surrogate_gradient(&self.current, &mut self.gradient)?;
                self.gradient.iter().fold(0.0, |largest, g| g.abs().max(largest))
            }
            ["value"] => self.objective.value(&self.theta),
            ["e_step"] => self.objective.e_step(&self.current),
            ["restart"] => {
                self.current.copy_from_slice(&self.theta);
                0.0
            }
            ["zero"] => {
                self.current.fill(0.0);
                0.0
            }
            ["passes"] => self.objective.cost().passes,
            ["m_step", absolute, relative] => {
                let tolerance = Tolerance { absolute: absolute.parse()?, relative: relative.parse()? };
                #[expect(clippy::cast_precision_loss, reason = "a small count")]
                {
                    self.objective.m_step(&mut self.current, tolerance)?.iterations as f64
                }
            }
            ["em"] => {
                let value = self.objective.e_step(&self.current);
                self.objective.m_step(&mut self.current, Tolerance::default())?;
                value
            }
            ["read"] => Level::best().run(Read(&self.objective.data().x())),
            ["fma"] => Level::best().run(Fma),
            ["narrow_gradient"] => {
                if self.narrow.is_none() {
                    self.narrow = Some(narrowed(&self.objective)?);
                }
                let narrow = self.narrow.as_mut().expect("made above");
                narrow.value_gradient(&self.theta, &mut self.gradient)
            }
            ["threads", count] => {
                self.objective.set_threads(count.parse()?);
                0.0
            }
            _ => return Err(format!("unknown command: {words:?}").into()),
        })
    }
}

/// The same objective with a design matrix of f32.
#[expect(clippy::cast_possible_truncation, reason = "what is asked for")]
fn narrowed(objective: &Objective) -> Result<Objective, Box<dyn Error>> {
    let data = objective.data();
    let x: Vec<f32> = data.x().iter().map(|&number| number as f32).collect();
    let data = Data::narrow(Arc::new(x), data.n(), data.d(), data.target().clone())?;
    Ok(Objective::new(Arc::clone(objective.model()), Arc::new(data))?)
}

fn numbers(path: &str) -> Result<Vec<f64>, Box<dyn Error>> {
    let bytes = std::fs::read(path).map_err(|error| format!("{path}: {error}"))?;
    Ok(bytes.chunks_exact(8).map(|value| f64::from_le_bytes(value.try_into().expect("8 bytes"))).collect())
}

/// One read of all numbers.
struct Read<'a>(&'a [f64]);

impl Kernel for Read<'_> {
    type Output = f64;
    #[inline(always)]
    fn run<S: Simd>(self, simd: S) -> f64 {
        let mut sums = [simd.splat(0.0); 8];
        for block in self.0.chunks_exact(8 * S::LANES) {
            for (i, sum) in sums.iter_mut().enumerate() {
                *sum = simd.add(*sum, simd.read(block, i * S::LANES));
            }
        }
        sums.iter().map(|sum| simd.sum(*sum)).sum()
    }
}

/// 2 million times 20 independent multiply-adds of vectors.
struct Fma;

impl Kernel for Fma {
    type Output = f64;
    #[inline(always)]
    fn run<S: Simd>(self, simd: S) -> f64 {
        let mut sums = [simd.splat(1.0); 20];
        let (a, b) = (simd.splat(std::hint::black_box(0.999)), simd.splat(std::hint::black_box(1e-3)));
        for _ in 0..2_000_000 {
            for sum in &mut sums {
                *sum = simd.fma(*sum, a, b);
            }
        }
        sums.iter().map(|sum| simd.sum(*sum)).sum()
    }
}
