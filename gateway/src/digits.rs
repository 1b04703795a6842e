//! Numbers as text. The standard library's formatting costs some 300 instructions a number, and a request has a dozen.

use std::net::IpAddr;

const DIGITS: &[u8; 16] = b"0123456789abcdef";

/// A number in 16 lower-case hexadecimal digits.
pub(crate) fn hexadecimal(number: u64) -> [u8; 16] {
    let mut text = [b'0'; 16];
    for (index, digit) in text.iter_mut().enumerate() {
        let value = (number >> (60 - 4 * index)) as usize & 15;
        *digit = DIGITS.get(value).copied().unwrap_or(b'0');
    }
    text
}

/// Appends a number in decimal digits.
pub(crate) fn put_decimal(to: &mut Vec<u8>, mut number: u64) {
    // The longest has 20 digits.
    let mut digits = [0; 20];
    let mut used = 0;
    for digit in digits.iter_mut().rev() {
        *digit = b'0' + (number % 10) as u8;
        number /= 10;
        used += 1;
        if number == 0 {
            break;
        }
    }
    to.extend_from_slice(digits.get(digits.len() - used..).unwrap_or_default());
}

/// Appends an address.
pub(crate) fn put_address(to: &mut Vec<u8>, address: IpAddr) {
    match address {
        IpAddr::V4(address) => {
            for (index, octet) in address.octets().into_iter().enumerate() {
                if index > 0 {
                    to.push(b'.');
                }
                put_decimal(to, octet.into());
            }
        }
        IpAddr::V6(address) => to.extend_from_slice(address.to_string().as_bytes()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_written_as_the_standard_library_writes_them() {
        for address in ["0.0.0.0", "192.0.2.1", "255.255.255.255", "::1", "2001:db8::1:0:0:1"] {
            let mut text = Vec::new();
            put_address(&mut text, address.parse().unwrap());
            assert_eq!(String::from_utf8(text).unwrap(), address);
        }
    }

    #[test]
    fn numbers_are_written_as_the_standard_library_writes_them() {
        for number in [0, 1, 9, 10, 255, 12_345, u64::from(u32::MAX), u64::MAX - 1, u64::MAX] {
            let mut text = b"x".to_vec();
            put_decimal(&mut text, number);
            assert_eq!(String::from_utf8(text).unwrap(), format!("x{number}"));
            assert_eq!(hexadecimal(number), *format!("{number:016x}").as_bytes());
        }
    }
}
