//! Numbers as text. The formatting of the standard library takes some 300 instructions for a number, and a request has
//! a dozen numbers.

use std::net::IpAddr;

/// Returns eight hexadecimal digits. Each byte of the result is a digit, and the highest byte is the first one.
fn eight_hexadecimal(number: u32) -> u64 {
    let mut digits = u64::from(number);
    // The steps leave 16 bits in each 4 bytes, then 8 bits in each 2 bytes, then 4 bits in each byte.
    digits = (digits << 16 | digits) & 0x0000_ffff_0000_ffff;
    digits = (digits << 8 | digits) & 0x00ff_00ff_00ff_00ff;
    digits = (digits << 4 | digits) & 0x0f0f_0f0f_0f0f_0f0f;
    // Each byte that holds 10 or more gets a 1 here. `a` comes 39 characters after `:`, which follows `9`.
    let letters = ((digits + 0x0606_0606_0606_0606) >> 4) & 0x0101_0101_0101_0101;
    digits + 0x3030_3030_3030_3030 + letters * 39
}

/// Returns a number as 16 lower-case hexadecimal digits.
pub(crate) fn hexadecimal(number: u64) -> [u8; 16] {
    let (high, low) = ((number >> 32) as u32, number as u32);
    (u128::from(eight_hexadecimal(high)) << 64 | u128::from(eight_hexadecimal(low))).to_be_bytes()
}

/// Appends a number in decimal digits.
pub(crate) fn put_decimal(to: &mut Vec<u8>, number: u64) {
    to.extend_from_slice(itoa::Buffer::new().format(number).as_bytes());
}

/// Appends an address.
pub(crate) fn put_address(to: &mut Vec<u8>, address: IpAddr) {
    match address {
        IpAddr::V4(address) => {
            let mut text = [0; "255.255.255.255.".len()];
            let mut used = 0;
            let mut put = |byte| {
                if let Some(place) = text.get_mut(used) {
                    *place = byte;
                    used += 1;
                }
            };
            for octet in address.octets() {
                if octet >= 100 {
                    put(b'0' + octet / 100);
                }
                if octet >= 10 {
                    put(b'0' + octet / 10 % 10);
                }
                put(b'0' + octet % 10);
                put(b'.');
            }
            to.extend_from_slice(text.get(..used - 1).unwrap_or_default());
        }
        IpAddr::V6(address) => to.extend_from_slice(address.to_string().as_bytes()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_written_as_the_standard_library_writes_them() {
        let written = |address: IpAddr| {
            let mut text = Vec::new();
            put_address(&mut text, address);
            String::from_utf8(text).unwrap()
        };
        for address in ["0.0.0.0", "192.0.2.1", "255.255.255.255", "::1", "2001:db8::1:0:0:1"] {
            assert_eq!(written(address.parse().unwrap()), address);
        }
        for octet in 0..=u8::MAX {
            let address = IpAddr::from([octet, 255 - octet, 10, octet]);
            assert_eq!(written(address), address.to_string());
        }
    }

    #[test]
    fn numbers_are_written_as_the_standard_library_writes_them() {
        for number in [0, 1, 9, 10, 255, 12_345, u64::from(u32::MAX), u64::MAX - 1, u64::MAX] {
            let mut text = b"x".to_vec();
            put_decimal(&mut text, number);
            assert_eq!(String::from_utf8(text).unwrap(), format!("x{number}"));
        }
        // The numbers have each digit at each place. Some have digits on both sides of the change from `9` to `a`.
        let everywhere = (0..16).flat_map(|digit| (0..16).map(move |place| digit << (4 * place)));
        for number in everywhere.chain([0x0123_4567_89ab_cdef, 0xfedc_ba98_7654_3210, u64::MAX, 0x9a9a << 24])
        {
            assert_eq!(hexadecimal(number), *format!("{number:016x}").as_bytes());
        }
    }
}
