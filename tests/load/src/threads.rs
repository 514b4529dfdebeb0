use crate::plan::{Plan, Report};
pub(crate) fn run(_: &Plan) -> Option<Report> { None }
pub(crate) fn work(_: &[String]) -> std::process::ExitCode { std::process::ExitCode::SUCCESS }
