//! The checks of single values. An error names the line of the value.

use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::time::Duration;

use toml::Spanned;

use super::{Certificate, ConfigError};

/// The text of the configuration and the name of its file, for error messages.
pub(super) struct Source<'t> {
    pub(super) name: &'t str,
    pub(super) text: &'t str,
}

impl Source<'_> {
    /// Returns the place of a value as `FILE:LINE`.
    pub(super) fn place<T>(&self, at: &Spanned<T>) -> String {
        let before = self.text.get(..at.span().start).unwrap_or_default();
        let line = 1 + before.bytes().filter(|b| *b == b'\n').count();
        format!("{}:{line}", self.name)
    }

    pub(super) fn error<T>(&self, key: &str, at: &Spanned<T>, what: impl std::fmt::Display) -> ConfigError {
        ConfigError(format!("{}: `{key}` {what}", self.place(at)))
    }

    /// Returns a certificate chain and its key, if they are configured. One of them without the other is an error.
    pub(super) fn certificate(
        &self,
        section: &str,
        chain: &Option<Spanned<PathBuf>>,
        key: &Option<Spanned<PathBuf>>,
    ) -> Result<Option<Certificate>, ConfigError> {
        let (chain_key, key_key) = (format!("{section}.tls_certificate"), format!("{section}.tls_key"));
        match (chain, key) {
            (None, None) => Ok(None),
            (Some(chain), Some(key)) => Ok(Some(Certificate {
                chain: self.file(&chain_key, chain)?.0,
                key: self.file(&key_key, key)?.0,
            })),
            (Some(at), None) => Err(self.error(&chain_key, at, format_args!("stands alone: add {key_key}"))),
            (None, Some(at)) => Err(self.error(&key_key, at, format_args!("stands alone: add {chain_key}"))),
        }
    }

    pub(super) fn number(
        &self,
        key: &str,
        value: &Spanned<u64>,
        allowed: RangeInclusive<u64>,
    ) -> Result<u64, ConfigError> {
        let number = *value.get_ref();
        if allowed.contains(&number) {
            return Ok(number);
        }
        let (least, most) = allowed.into_inner();
        Err(self.error(key, value, format_args!("is {number}: write a number from {least} to {most}")))
    }

    pub(super) fn time(&self, key: &str, value: &Spanned<u64>) -> Result<Duration, ConfigError> {
        self.number(key, value, 1..=3_600_000).map(Duration::from_millis)
    }

    pub(super) fn path(&self, key: &str, value: &Spanned<String>) -> Result<String, ConfigError> {
        let path = value.get_ref();
        let plain = |b: u8| b.is_ascii_graphic() && !matches!(b, b'?' | b'#');
        if path.starts_with('/') && path.bytes().all(plain) {
            Ok(path.clone())
        } else {
            Err(self.error(
                key,
                value,
                "is no path: begin it with /, leave out blanks, ? and #, and write other characters than ASCII as %XX",
            ))
        }
    }

    pub(super) fn text(&self, key: &str, value: &Spanned<String>) -> Result<String, ConfigError> {
        let text = value.get_ref();
        if text.is_empty() || !text.bytes().all(|b| matches!(b, b' '..=b'~')) {
            return Err(self.error(key, value, "must be printable ASCII and not empty"));
        }
        Ok(text.clone())
    }

    /// Reads a file. Returns its name and its bytes.
    pub(super) fn file(&self, key: &str, value: &Spanned<PathBuf>) -> Result<(String, Vec<u8>), ConfigError> {
        let path = value.get_ref();
        let name = path.to_str().ok_or_else(|| self.error(key, value, "is no UTF-8 file name"))?;
        match std::fs::read(path) {
            Ok(bytes) => Ok((name.to_owned(), bytes)),
            Err(error) => Err(self.error(key, value, format_args!("cannot be read: {name}: {error}"))),
        }
    }

    pub(super) fn secret(
        &self,
        key: &str,
        value: &Option<Spanned<PathBuf>>,
    ) -> Result<Option<Vec<u8>>, ConfigError> {
        let Some(value) = value else { return Ok(None) };
        let (name, bytes) = self.file(key, value)?;
        let secret = bytes.trim_ascii();
        if secret.len() < 16 {
            let what = format_args!(
                "names {name}, which holds {} bytes: write at least 16 random ones, as in \
                 `head -c 32 /dev/urandom | base64 > {name}`",
                secret.len()
            );
            return Err(self.error(key, value, what));
        }
        Ok(Some(secret.to_vec()))
    }
}
