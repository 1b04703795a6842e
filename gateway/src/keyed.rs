//! The keyed hashes of CallIds. No other file makes them.

use std::hash::Hasher as _;

use siphasher::sip128::{Hasher128 as _, SipHasher24};
use umsoap::Text;

/// Derives a key of `N` bytes for one purpose, from a secret or from random bytes.
fn key<const N: usize>(purpose: &str, secret: Option<&[u8]>) -> Result<[u8; N], getrandom::Error> {
    let mut random = [0; 32];
    let material = match secret {
        Some(secret) => secret,
        None => {
            getrandom::fill(&mut random)?;
            &random
        }
    };
    let mut key = [0; N];
    blake3::Hasher::new_derive_key(purpose).update(material).finalize_xof().fill(&mut key);
    Ok(key)
}

/// Passes the bytes of a logical value to `take`, most often as one piece. `A` and `&#65;` have equal bytes.
fn bytes(text: Text<'_>, mut take: impl FnMut(&[u8])) {
    match text.as_str() {
        Some(value) => take(value.as_bytes()),
        None => text.chars().for_each(|c| take(c.encode_utf8(&mut [0; 4]).as_bytes())),
    }
}

/// The key of the hashes for places on the ring, which are made with BLAKE3 in keyed mode and have 32 bytes.
pub(crate) struct PlaceKey([u8; 32]);

impl PlaceKey {
    pub(crate) fn new(secret: Option<&[u8]>) -> Result<Self, getrandom::Error> {
        key("umsoap-gateway: place of a CallId on the ring", secret).map(Self)
    }

    pub(crate) fn hash(&self, text: Text<'_>) -> [u8; 32] {
        let mut hasher = blake3::Hasher::new_keyed(&self.0);
        bytes(text, |piece| {
            hasher.update(piece);
        });
        *hasher.finalize().as_bytes()
    }
}

/// The key of the hashes for the log, which are made with SipHash-2-4 and have 128 bits. A reader of the log who does not
/// have the key cannot check a guess of a CallId. SipHash takes a third of the instructions of BLAKE3 for a CallId.
pub(crate) struct LogKey([u8; 16]);

impl LogKey {
    pub(crate) fn new(secret: Option<&[u8]>) -> Result<Self, getrandom::Error> {
        key("umsoap-gateway: CallId in the access log", secret).map(Self)
    }

    pub(crate) fn hash(&self, text: Text<'_>) -> [u64; 2] {
        let mut hasher = SipHasher24::new_with_key(&self.0);
        bytes(text, |piece| hasher.write(piece));
        let hash = hasher.finish128();
        [hash.h1, hash.h2]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use umsoap::GetCallInfo;

    fn with<T>(raw: &str, hash: impl FnOnce(Text<'_>) -> T) -> T {
        let message = format!(
            "<s:Envelope xmlns:s='http://schemas.xmlsoap.org/soap/envelope/'><s:Body><GetCallInfo \
             xmlns='http://schemas.microsoft.com/exchange/services/2006/messages'><CallId>{raw}</CallId>\
             </GetCallInfo></s:Body></s:Envelope>"
        );
        hash(GetCallInfo::parse(message.as_bytes()).unwrap().call_id().text())
    }

    /// The rules of a keyed hash of a logical value.
    fn keyed<T: PartialEq + std::fmt::Debug>(hash: impl Fn(Option<&[u8]>, Text<'_>) -> T) {
        let (key, other) = (Some(&b"0123456789abcdef"[..]), Some(&b"0123456789abcdeg"[..]));
        let plain = with("A&lt;B", |text| hash(key, text));
        for same in ["&#65;&lt;B", "<![CDATA[A<B]]>", "A<!-- -->&#x3C;B"] {
            assert_eq!(with(same, |text| hash(key, text)), plain, "{same}");
        }
        // A text without references is hashed as one piece, and the other characters one by one.
        assert_eq!(with("&#65;B", |text| hash(key, text)), with("AB", |text| hash(key, text)));
        assert_ne!(with("A", |text| hash(key, text)), plain);
        assert_ne!(with("A&lt;B", |text| hash(other, text)), plain);
        assert_ne!(with("A&lt;B", |text| hash(None, text)), with("A&lt;B", |text| hash(None, text)));
    }

    #[test]
    fn the_logical_value_is_hashed() {
        keyed(|secret, text| PlaceKey::new(secret).unwrap().hash(text));
        keyed(|secret, text| LogKey::new(secret).unwrap().hash(text));
    }

    #[test]
    fn places_are_those_of_earlier_versions() {
        // The hash must not change, so that gateways of two versions side by side send a call to one server.
        let key = blake3::derive_key("umsoap-gateway: place of a CallId on the ring", b"0123456789abcdef");
        let place = PlaceKey::new(Some(b"0123456789abcdef")).unwrap();
        assert_eq!(with("abc", |text| place.hash(text)), *blake3::keyed_hash(&key, b"abc").as_bytes());
    }
}
