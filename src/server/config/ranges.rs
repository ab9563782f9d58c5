//! The ranges of settings.

use std::ops::RangeInclusive;

/// Checks a number.
///
/// # Errors
/// A sentence that names the setting.
pub(super) fn within(name: &str, value: u64, range: RangeInclusive<u64>) -> anyhow::Result<()> {
    let expected = match (range.start(), range.end()) {
        (low, &u64::MAX) => format!("at least {low}"),
        (low, high) => format!("{low} to {high}"),
    };
    anyhow::ensure!(
        range.contains(&value),
        "{name} is {value}, but must be {expected}"
    );
    Ok(())
}
