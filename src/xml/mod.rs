//! XML 1.0 and Namespaces in XML 1.0: characters, texts, tags, declarations and open elements.

pub(crate) mod chars;
pub(crate) mod declarations;
pub(crate) mod element;
pub(crate) mod namespace;
pub(crate) mod node;
pub(crate) mod prolog;
pub(crate) mod scan;
pub(crate) mod scope;
pub(crate) mod text;
pub(crate) mod token;
pub(crate) mod walk;
