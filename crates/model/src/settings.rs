//! Files of settings: a table for each machine, numbers in it.

use crate::{ModelError, Source};
use std::path::Path;
use toml::de::DeValue;

/// Table, key and value of every number in a TOML file of tables of numbers.
///
/// # Errors
///
/// If the file cannot be read, is not TOML, or holds anything else.
pub fn read_settings(path: &Path) -> Result<Vec<(String, String, f64)>, ModelError> {
    let source = Source::read(path)?;
    let mut found = Vec::new();
    for (table, value) in source.table()?.into_inner() {
        let span = value.span();
        let DeValue::Table(entries) = value.into_inner() else {
            let message = format!("`{}` is not a table, expected [MACHINE] and lines name = number", table.get_ref());
            return Err(source.error(Some(span), message));
        };
        for (key, value) in entries {
            found.push((table.get_ref().to_string(), key.get_ref().to_string(), source.value::<f64>(value)?));
        }
    }
    Ok(found)
}
