//! Keyed hashes of CallIds: BLAKE3 in keyed mode. The only file that knows it.

use umsoap::Text;

/// A secret key for one purpose.
pub(crate) struct Key([u8; 32]);

impl Key {
    /// The key for this purpose that a secret stands for, or a random one.
    pub(crate) fn new(purpose: &str, secret: Option<&[u8]>) -> Result<Self, getrandom::Error> {
        let mut random = [0; 32];
        let material = match secret {
            Some(secret) => secret,
            None => {
                getrandom::fill(&mut random)?;
                &random
            }
        };
        Ok(Self(blake3::derive_key(purpose, material)))
    }

    /// The hash of a logical value: `A` and `&#65;` have the same.
    pub(crate) fn hash(&self, text: Text<'_>) -> [u8; 32] {
        let mut hasher = blake3::Hasher::new_keyed(&self.0);
        match text.as_str() {
            Some(value) => {
                hasher.update(value.as_bytes());
            }
            None => {
                for c in text.chars() {
                    hasher.update(c.encode_utf8(&mut [0; 4]).as_bytes());
                }
            }
        }
        *hasher.finalize().as_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use umsoap::GetCallInfo;

    fn hash(key: &Key, raw: &str) -> [u8; 32] {
        let message = format!(
            "<s:Envelope xmlns:s='http://schemas.xmlsoap.org/soap/envelope/'><s:Body><GetCallInfo \
             xmlns='http://schemas.microsoft.com/exchange/services/2006/messages'><CallId>{raw}</CallId>\
             </GetCallInfo></s:Body></s:Envelope>"
        );
        key.hash(GetCallInfo::parse(message.as_bytes()).unwrap().call_id().text())
    }

    #[test]
    fn the_logical_value_is_hashed() {
        let key = Key::new("test", Some(b"0123456789abcdef")).unwrap();
        let plain = hash(&key, "A&lt;B");
        for same in ["&#65;&lt;B", "<![CDATA[A<B]]>", "A<!-- -->&#x3C;B"] {
            assert_eq!(hash(&key, same), plain, "{same}");
        }
        assert_ne!(hash(&key, "A"), plain);
        assert_ne!(hash(&Key::new("test", None).unwrap(), "A"), hash(&key, "A"));
        assert_ne!(hash(&Key::new("other", Some(b"0123456789abcdef")).unwrap(), "A"), hash(&key, "A"));
    }
}
