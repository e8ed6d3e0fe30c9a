//! `harness inspect`: what theory says of the problems of a benchmark, before anything runs.

use std::fmt::Write as _;

use harness_analysis::format::number;
use harness_engine::spec;
use harness_engine::theory::{Inspection, MirrorStep, Prediction, inspect};

use crate::args::InspectArgs;
use crate::bench;
use crate::error::CliError;
use crate::output::{self, say};

/// Inspects every problem, or those asked for, at one seed.
pub(crate) fn run(args: &InspectArgs) -> Result<(), CliError> {
    let parsed = spec::load(&args.file)?;
    let places = parsed.places();
    let (benchmark, _) = bench::resolve(parsed, &args.plugins)?;
    let is_wanted = |name: &str| args.only.is_empty() || args.only.iter().any(|text| name.contains(text.as_str()));
    let wanted: Vec<_> = benchmark.problems.iter().filter(|problem| is_wanted(&problem.name)).collect();
    if wanted.is_empty() {
        let names: Vec<&str> = benchmark.problems.iter().map(|problem| problem.name.as_str()).collect();
        return Err(CliError::input(format!("no problem is named like that: there are {}", names.join(", "))));
    }
    let mut found = Vec::new();
    for problem in wanted {
        say!("{}: EM from the start of seed {}, then Newton's method", problem.name, args.seed);
        let inspection = inspect(problem, args.seed, &benchmark.base_dir, &benchmark.optimizers)
            .map_err(|error| CliError::of_problem(&error, &places))?;
        if !args.json {
            output::print(&describe(&inspection))?;
        }
        found.push(inspection);
    }
    if args.json {
        let json = serde_json::to_string_pretty(&found).map_err(|error| CliError::Failed(error.to_string()))?;
        output::print(&format!("{json}\n"))?;
    }
    Ok(())
}

fn describe(found: &Inspection) -> String {
    let mut text = format!(
        "{}\n  {}, {} rows, {} features, {} parameters, seed {}\n",
        found.problem, found.family, found.n, found.d, found.dim, found.seed
    );
    let mut line = |name: &str, value: String| {
        let _ = writeln!(text, "  {name:<34}{value}");
    };
    let kind = if found.is_optimum { "optimum" } else { "end point" };
    line(&format!("L at the {kind}"), digits(found.loss, 16));
    line("Newton decrement", format!("{:.1e}, gradient norm {:.1e}", found.decrement, found.grad_norm));
    line("found by", format!("{} EM and {} Newton iterations", found.em_iterations, found.newton_iterations));
    if let Some(stated) = found.stated_reference {
        line("above the stated reference by", format!("{:.3e}", found.loss - stated));
    }
    line("λ_max(M), the rate of EM", found.lambda_max.map_or_else(none, rate));
    line("λ_min(M)", found.lambda_min.map_or_else(none, rate));
    line("condition of the Hessian of L", found.condition_observed.map_or_else(none, |value| digits(value, 10)));
    line("condition of the complete Hessian", found.condition_complete.map_or_else(none, |value| digits(value, 10)));
    if let Some((least, most)) = found.curvature {
        line("curvatures of L", format!("{} to {}", digits(least, 10), digits(most, 10)));
    }
    for MirrorStep { step, rate: value } in &found.mirror {
        line(&format!("mirror descent, step {step}"), value.map_or_else(none, rate));
    }
    if let Some(MirrorStep { step, rate: value }) = found.best_mirror {
        line("best mirror step", format!("{}, rate {}", digits(step, 10), value.map_or_else(none, rate)));
    }
    if let Some(best) = found.best_gradient_descent {
        line("best step of gradient descent", format!("{}, rate {}", digits(best.step_gate, 10), rate(best.rate)));
    }
    if let Some(best) = found.best_per_block {
        let (gate, experts) = (digits(best.step_gate, 6), digits(best.step_experts, 6));
        line("  per block", format!("gate {gate}, experts {experts}, rate {}", rate(best.rate)));
    }
    if let Some(best) = found.best_heavy_ball {
        let (step, mu) = (digits(best.step_gate, 6), digits(best.mu, 6));
        line("best heavy ball", format!("step {step}, mu {mu}, rate {}", rate(best.rate)));
    }
    if let Some((gate, experts)) = found.estimation_floor {
        line("least error that n rows support", format!("gate {}, experts {}", digits(gate, 4), digits(experts, 4)));
    }
    if !found.optimizers.is_empty() {
        text.push_str("  predicted rate of θ, and iterations per decade of the gap\n");
        for (title, prediction) in &found.optimizers {
            let _ = writeln!(text, "    {title:<32}{}", words(*prediction));
        }
    }
    for remark in &found.remarks {
        let _ = writeln!(text, "  note: {remark}");
    }
    text.push('\n');
    text
}

fn none() -> String {
    "none".to_owned()
}

/// Ten significant digits, also of what is left of 1 where that is little.
fn rate(value: f64) -> String {
    let left = 1.0 - value;
    let all = digits(value, 10);
    if left != 0.0 && left.abs() < 1e-3 { format!("{all} (1 − {})", digits(left, 4)) } else { all }
}

/// So many significant digits, with an exponent where there would be many zeros.
fn digits(value: f64, count: usize) -> String {
    let scientific = format!("{value:.*e}", count - 1);
    let exponent = scientific.rsplit_once('e').and_then(|(_, exponent)| exponent.parse::<i32>().ok());
    match exponent {
        Some(exponent) if (-4..i32::try_from(count).unwrap_or(0)).contains(&exponent) => {
            let places = i32::try_from(count).unwrap_or(0) - 1 - exponent;
            format!("{value:.*}", usize::try_from(places).unwrap_or(0))
        }
        _ => scientific,
    }
}

fn words(prediction: Prediction) -> String {
    match prediction {
        Prediction::Linear(rate) if rate < 1.0 => {
            let per_decade = std::f64::consts::LN_10 / (-2.0 * rate.ln());
            format!("{}  {}", self::rate(rate), number(per_decade))
        }
        Prediction::Linear(rate) => format!("{}  does not contract", self::rate(rate)),
        Prediction::Superlinear => "superlinear".to_owned(),
        Prediction::NoStep => "the step does not exist there".to_owned(),
        Prediction::None => "no formula".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::{digits, rate};

    #[test]
    fn digits_are_significant_ones() {
        assert_eq!(digits(0.000_123_456_789, 4), "0.0001235");
        assert_eq!(digits(0.000_012_345_678_9, 4), "1.235e-5");
        assert_eq!(digits(1_234.567, 6), "1234.57");
        assert_eq!(digits(-12_345_678.9, 4), "-1.235e7");
        assert_eq!(digits(0.0, 3), "0.00");
        assert_eq!(digits(f64::INFINITY, 3), "inf");
    }

    #[test]
    fn a_rate_near_1_says_what_is_left() {
        assert_eq!(rate(0.5), "0.5000000000");
        assert_eq!(rate(1.0 - 1e-9), "0.9999999990 (1 − 1.000e-9)");
        assert_eq!(rate(1e-7), "1.000000000e-7");
    }
}
