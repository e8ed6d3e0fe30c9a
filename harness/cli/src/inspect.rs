//! `harness inspect`: what theory says of the problems of a benchmark, before anything runs.

use std::fmt::Write as _;

use harness_analysis::format::number;
use harness_engine::spec;
use harness_engine::theory::{Inspection, MirrorStep, Prediction, Rate, inspect};

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
    line(&format!("L at the {kind}"), format!("{:.15}", found.loss));
    line("Newton decrement", format!("{:.1e}, gradient norm {:.1e}", found.decrement, found.grad_norm));
    line("found by", format!("{} EM and {} Newton iterations", found.em_iterations, found.newton_iterations));
    if let Some(stated) = found.stated_reference {
        line("above the stated reference by", format!("{:.3e}", found.loss - stated));
    }
    line("λ_max(M), the rate of EM", optional(found.lambda_max));
    line("λ_min(M)", optional(found.lambda_min));
    line("condition of the Hessian of L", optional(found.condition_observed));
    line("condition of the complete Hessian", optional(found.condition_complete));
    if let Some((least, most)) = found.curvature {
        line("curvatures of L", format!("{least:.10e} to {most:.10e}"));
    }
    for MirrorStep { step, rate } in &found.mirror {
        line(&format!("mirror descent, step {step}"), optional(*rate));
    }
    if let Some(MirrorStep { step, rate }) = found.best_mirror {
        line("best mirror step", format!("{step:.10}, rate {}", optional(rate)));
    }
    if let Some(best) = found.best_gradient_descent {
        line("best step of gradient descent", format!("{:.10}, rate {:.10}", best.step_gate, best.rate));
    }
    if let Some(Rate { step_gate, step_experts, rate, .. }) = found.best_per_block {
        line("  per block", format!("gate {step_gate:.6}, experts {step_experts:.6}, rate {rate:.10}"));
    }
    if let Some(Rate { step_gate, mu, rate, .. }) = found.best_heavy_ball {
        line("best heavy ball", format!("step {step_gate:.6}, mu {mu:.6}, rate {rate:.10}"));
    }
    if let Some((gate, experts)) = found.estimation_floor {
        line("least error that n rows support", format!("gate {gate:.4}, experts {experts:.4}"));
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

fn optional(value: Option<f64>) -> String {
    value.map_or_else(|| "none".to_owned(), |value| format!("{value:.12}"))
}

fn words(prediction: Prediction) -> String {
    match prediction {
        Prediction::Linear(rate) if rate < 1.0 => {
            let per_decade = std::f64::consts::LN_10 / (-2.0 * rate.ln());
            format!("{rate:.10}  {}", number(per_decade))
        }
        Prediction::Linear(rate) => format!("{rate:.10}  does not contract"),
        Prediction::Superlinear => "superlinear".to_owned(),
        Prediction::NoStep => "the step does not exist there".to_owned(),
        Prediction::None => "no formula".to_owned(),
    }
}
