//! The ids of an invocation, each made from its number, so that bytes can be assigned to invocations.

/// Returns the request id of an invocation.
pub fn request_id(number: u64) -> String {
    format!("50a450a4-0000-4000-8000-{number:012x}")
}

/// Returns the number of the invocation with this request id.
pub fn number_of_request(id: &str) -> Option<u64> {
    let digits = id.strip_prefix("50a450a4-0000-4000-8000-")?;
    u64::from_str_radix(digits, 16).ok().filter(|_| digits.len() == 12)
}

/// Returns the trace id of an invocation.
pub fn trace_id(number: u64) -> String {
    format!("1-50a450a4-{number:024x}")
}

/// Returns the number of the invocation with this trace id.
pub fn number_of_trace(id: &str) -> Option<u64> {
    let digits = id.strip_prefix("1-50a450a4-")?;
    u64::from_str_radix(digits, 16).ok().filter(|_| digits.len() == 24)
}

/// Returns the id of the segment that invoked the function.
pub fn parent_id(number: u64) -> String {
    format!("{:016x}", number + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_id_has_the_number() {
        for number in [0, 7, 1_000_000] {
            assert_eq!(number_of_request(&request_id(number)), Some(number));
            assert_eq!(number_of_trace(&trace_id(number)), Some(number));
        }
        assert_eq!(number_of_request("50a450a4-0000-4000-8000-00"), None);
        assert_eq!(number_of_trace("1-5759e988-bd862e3fe1be46a994272793"), None);
    }
}
