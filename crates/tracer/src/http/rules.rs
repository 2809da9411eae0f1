//! [`Rules`], which hosts get the tracing header and which requests are not recorded.

/// Which hosts get the tracing header and which requests are not recorded.
#[derive(Clone, Debug)]
pub(super) struct Rules {
    pub(super) propagate: Vec<String>,
    /// Patterns of hosts, each with a prefix of paths.
    pub(super) ignore: Vec<(String, String)>,
}

impl Rules {
    /// Creates the default rules: the header goes to hosts of AWS, and every request is recorded.
    pub(super) fn aws() -> Self {
        let aws = ["*.amazonaws.com", "*.amazonaws.com.cn", "*.api.aws", "*.on.aws"];
        Self {
            propagate: aws.map(str::to_owned).to_vec(),
            ignore: Vec::new(),
        }
    }

    pub(super) fn propagate_to(&self, host: &str) -> bool {
        self.propagate.iter().any(|pattern| matches(pattern, host))
    }

    pub(super) fn ignore(&self, host: &str, path: &str) -> bool {
        let mut ignored = self.ignore.iter();
        ignored.any(|(pattern, begin)| matches(pattern, host) && path.starts_with(begin))
    }
}

/// Returns whether `host` matches `pattern`, ignoring case.
fn matches(pattern: &str, host: &str) -> bool {
    match pattern.strip_prefix('*') {
        Some(suffix) => {
            let begin = host.len().checked_sub(suffix.len());
            begin
                .and_then(|begin| host.get(begin..))
                .is_some_and(|end| end.eq_ignore_ascii_case(suffix))
        }
        None => pattern.eq_ignore_ascii_case(host),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_match_by_name_or_suffix() {
        for (pattern, host, expected) in [
            ("example.com", "EXAMPLE.com", true),
            ("example.com", "api.example.com", false),
            ("*.example.com", "api.example.com", true),
            ("*.example.com", "example.com", false),
            ("*.example.com", "badexample.com", false),
            ("*.amazonaws.com", "evil-amazonaws.com", false),
            ("*", "anything", true),
            ("*.é", "é", false),
        ] {
            assert_eq!(matches(pattern, host), expected, "{pattern} {host}");
        }
    }
}
