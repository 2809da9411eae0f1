//! A process outside Lambda, and its environment.

use powertools_lambda_core::{Environment, Variables};

use crate::run::RUNTIME_API;

/// A variable that Lambda sets, and tools that run functions set too.
const FUNCTION_NAME: &str = "AWS_LAMBDA_FUNCTION_NAME";

/// The variable that selects the form of records and metrics for development.
const DEV: &str = "POWERTOOLS_DEV";

/// Returns the process's environment; outside Lambda, with `POWERTOOLS_DEV` if it is not set.
pub(crate) fn environment() -> Environment {
    let process = Environment::process();
    if !is_local(process.variables()) {
        return process;
    }
    let variables = process.variables().clone();
    let with_dev = move |name: &str| {
        variables
            .text(name)
            .or_else(|| (name == DEV).then(|| "true".to_owned()))
    };
    Environment::new(
        Variables::from_lookup(with_dev, process.warnings().clone()),
        process.clock().clone(),
        process.output().clone(),
        process.warnings().clone(),
    )
}

/// Returns whether the process runs outside Lambda.
pub(crate) fn is_local(variables: &Variables) -> bool {
    [RUNTIME_API, FUNCTION_NAME]
        .iter()
        .all(|name| variables.text(name).is_none())
}
