//! `write_pretty`, which indents records for people to read.

/// Appends JSON with one key on each line, indented by four spaces, for `POWERTOOLS_DEV`.
///
/// `compact` is JSON without white space between its parts, as records are.
pub(crate) fn write_pretty(buffer: &mut Vec<u8>, compact: &[u8]) {
    let mut depth = 0_usize;
    let mut in_string = false;
    let mut bytes = compact.iter().copied().peekable();
    while let Some(byte) = bytes.next() {
        if in_string {
            buffer.push(byte);
            match byte {
                b'\\' => buffer.extend(bytes.next()),
                b'"' => in_string = false,
                _ => {}
            }
            continue;
        }
        match byte {
            b'{' | b'[' => {
                buffer.push(byte);
                if let Some(close) = bytes.next_if(|next| matches!(next, b'}' | b']')) {
                    buffer.push(close);
                } else {
                    depth += 1;
                    new_line(buffer, depth);
                }
            }
            b'}' | b']' => {
                depth = depth.saturating_sub(1);
                new_line(buffer, depth);
                buffer.push(byte);
            }
            b',' => {
                buffer.push(byte);
                new_line(buffer, depth);
            }
            b':' => buffer.extend_from_slice(b": "),
            _ => {
                in_string = byte == b'"';
                buffer.push(byte);
            }
        }
    }
}

fn new_line(buffer: &mut Vec<u8>, depth: usize) {
    buffer.push(b'\n');
    buffer.resize(buffer.len() + 4 * depth.min(64), b' ');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_key_has_its_line() {
        let mut buffer = Vec::new();
        write_pretty(&mut buffer, br#"{"a":"x,{\"y\":1}","b":[1,{"c":null}],"d":{},"e":[]}"#);
        assert_eq!(
            String::from_utf8(buffer).unwrap(),
            "{\n    \"a\": \"x,{\\\"y\\\":1}\",\n    \"b\": [\n        1,\n        {\n            \"c\": null\n        }\n    ],\n    \"d\": {},\n    \"e\": []\n}"
        );
    }
}
