//! `Names`, the names of fields whose values are redacted.

/// A set of names, compared without case, hyphens and underscores: `x-api-key` also matches `X_API_KEY` and `xApiKey`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Names(Vec<Vec<u8>>);

/// The names of secrets in events of AWS services, including the names under which the services repeat them.
const DEFAULT: [&str; 11] = [
    "authorization",
    "cookie",
    "password",
    "token",
    "x-api-key",
    // API Gateway repeats the value of `x-api-key` in `requestContext.identity`.
    "apiKey",
    // The event of an API Gateway TOKEN authorizer.
    "authorizationToken",
    // The split `cookie` header of API Gateway's HTTP APIs and function URLs.
    "cookies",
    "proxy-authorization",
    "set-cookie",
    // Temporary credentials of the signer of the request.
    "x-amz-security-token",
];

impl Names {
    /// Adds a name.
    pub(crate) fn add(&mut self, name: &str) {
        let name: Vec<u8> = folded(name.as_bytes()).collect();
        if !name.is_empty() && !self.0.contains(&name) {
            self.0.push(name);
        }
    }

    /// Removes a name.
    pub(crate) fn remove(&mut self, name: &str) {
        self.0.retain(|kept| !kept.iter().copied().eq(folded(name.as_bytes())));
    }

    /// Returns whether `name` is one of them.
    pub(crate) fn contains(&self, name: &[u8]) -> bool {
        self.0.iter().any(|kept| {
            // Folding only removes bytes.
            kept.len() <= name.len() && kept.iter().copied().eq(folded(name))
        })
    }
}

impl Default for Names {
    fn default() -> Self {
        let mut names = Self(Vec::with_capacity(DEFAULT.len()));
        for name in DEFAULT {
            names.add(name);
        }
        names
    }
}

fn folded(name: &[u8]) -> impl Iterator<Item = u8> {
    let counts = |byte: &u8| !matches!(byte, b'-' | b'_');
    name.iter()
        .copied()
        .filter(counts)
        .map(|byte| byte.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_hyphens_and_underscores_are_ignored() {
        let mut names = Names::default();
        for name in [
            "Authorization",
            "X-API-KEY",
            "x_api_key",
            "xApiKey",
            "Set-Cookie",
            "PASSWORD",
        ] {
            assert!(names.contains(name.as_bytes()), "{name}");
        }
        for name in ["", "author", "tokens", "password2", "x-token"] {
            assert!(!names.contains(name.as_bytes()), "{name}");
        }
        names.add("Card_Number");
        assert!(names.contains(b"cardNumber"));
        let long = "long-".repeat(40);
        names.add(&long);
        assert!(names.contains("LONG".repeat(40).as_bytes()) && names.contains(b"_token"));
        assert!(!names.contains("long".repeat(39).as_bytes()));
        names.add("--");
        assert!(!names.contains(b"") && !names.contains(b"-"));
        names.remove("api-key");
        assert!(!names.contains(b"apiKey") && names.contains(b"x-api-key"));
    }
}
