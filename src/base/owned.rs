//! Options that own the names of a configuration.

use std::string::String;
use std::vec::Vec;

use crate::base::limits::Options;

/// Options that own their names, for a program that reads these from a configuration. The program keeps them as long as
/// it reads messages, for example in a `static` of type `OnceLock<OwnedOptions>`. It makes [`Options`] of them for each
/// message.
///
/// The caller allocates the strings. Making [`Options`] of them allocates nothing.
///
/// ```
/// use umsoap::{Decoder, Options, OwnedOptions, Role};
/// use std::sync::OnceLock;
///
/// static OPTIONS: OnceLock<OwnedOptions> = OnceLock::new();
///
/// fn configured(text: &str) -> OwnedOptions {
///     OwnedOptions::new(Options::new().with_role(Role::Intermediary))
///         .with_own_uris(text.split_whitespace().map(str::to_owned).collect())
/// }
///
/// let options = OPTIONS.get_or_init(|| configured("urn:example:a urn:example:b"));
/// let decoder: Decoder<'static> = Decoder::with_options(options.options());
/// # drop(decoder);
/// assert_eq!(options.options().role(), Role::Intermediary);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnedOptions {
    others: Options<'static>,
    understood: Option<Vec<(String, String)>>,
    own_uris: Option<Vec<String>>,
}

impl OwnedOptions {
    /// Returns owned options with these options, and without names from a configuration.
    pub const fn new(options: Options<'static>) -> Self {
        Self { others: options, understood: None, own_uris: None }
    }

    /// Sets the names of the mandatory header blocks that the caller understands, as (namespace name, local name), as
    /// [`Options::with_understood`] does.
    ///
    /// ```
    /// use umsoap::{Envelope, Options, OwnedOptions};
    /// let message = b"<s:Envelope xmlns:s='http://schemas.xmlsoap.org/soap/envelope/'><s:Header>\
    ///     <t:Trace xmlns:t='urn:t' s:mustUnderstand='1'/></s:Header><s:Body><x/></s:Body></s:Envelope>";
    /// let names = vec![("urn:t".to_string(), "Trace".to_string())];
    /// let options = OwnedOptions::new(Options::new()).with_understood(names);
    /// assert!(Envelope::parse_with(message, &options.options()).is_ok());
    /// assert!(Envelope::parse(message).is_err());
    /// ```
    #[must_use]
    pub fn with_understood(mut self, understood: Vec<(String, String)>) -> Self {
        self.understood = Some(understood);
        self
    }

    /// Sets the values of actor (1.2: role) that mean this node, as [`Options::with_own_uris`] does.
    #[must_use]
    pub fn with_own_uris(mut self, own_uris: Vec<String>) -> Self {
        self.own_uris = Some(own_uris);
        self
    }

    /// Returns the options, which borrow the names.
    pub fn options(&self) -> Options<'_> {
        let mut options = self.others;
        if let Some(understood) = &self.understood {
            options = options.with_understood_strings(understood);
        }
        if let Some(own_uris) = &self.own_uris {
            options = options.with_own_uri_strings(own_uris);
        }
        options
    }
}

impl From<Options<'static>> for OwnedOptions {
    fn from(options: Options<'static>) -> Self {
        Self::new(options)
    }
}
