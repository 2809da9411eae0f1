//! `Names`, the names of fields whose values are redacted.

/// The text that replaces a secret.
pub(crate) const REDACTED: &str = "[redacted]";

/// A set of names, compared without case, hyphens and underscores: `x-api-key` also matches `X_API_KEY` and `xApiKey`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Names {
    /// Folded and sorted.
    all: Vec<Vec<u8>>,
    /// The same, for names that are secrets in query strings and forms only.
    in_queries: Vec<Vec<u8>>,
}

/// The names of secrets in events of AWS services, including the names under which the services repeat them.
///
/// Hyphens and underscores do not count, so that `access_token` is also the `accessToken` of Alexa's events.
const DEFAULT: [&str; 66] = [
    "authorization",
    "cookie",
    "password",
    "token",
    "x-api-key",
    // API Gateway repeats the value of `x-api-key` in `requestContext.identity`.
    "apiKey",
    // The event of an API Gateway TOKEN authorizer.
    "authorizationToken",
    // The events of HTTP APIs' authorizers: the values of `Authorization` or of other sources of the identity.
    "identitySource",
    // The split `cookie` header of API Gateway's HTTP APIs and function URLs.
    "cookies",
    "proxy-authorization",
    "set-cookie",
    // Temporary credentials of the signer of the request, and the signature of a presigned URL.
    "x-amz-security-token",
    "x-amz-signature",
    // Requests with OAuth 2.0 (RFC 6749, 7523, 7591, 7636, 8628, 8693), OpenID Connect and SAML, and their answers.
    "access_token",
    "actor_token",
    "assertion",
    "client_assertion",
    "client_secret",
    "code_verifier",
    "device_code",
    "id_token",
    "id_token_hint",
    "logout_token",
    "refresh_token",
    "registration_access_token",
    "SAMLAssertion",
    "SAMLResponse",
    "subject_token",
    "web_identity_token",
    // Credentials of AWS, as in the jobs of CodePipeline, and secrets of Secrets Manager.
    "aws_secret_access_key",
    "aws_session_token",
    "secretAccessKey",
    "secretBinary",
    "secretString",
    "sessionToken",
    // The headers of load balancers' OIDC and of CloudFront's origins, and the key of S3's SSE-C.
    "x-amzn-oidc-accesstoken",
    "x-amzn-oidc-data",
    "x-origin-verify",
    "x-amz-server-side-encryption-customer-key",
    "x-amz-copy-source-server-side-encryption-customer-key",
    // S3 Object Lambda, Alexa and the triggers of Cognito.
    "outputToken",
    "apiAccessToken",
    "challengeAnswer",
    "privateChallengeParameters",
    "newPassword",
    "previousPassword",
    "proposedPassword",
    "temporaryPassword",
    "secretHash",
    // Names that applications use.
    "api_secret",
    "api_token",
    "auth_token",
    "bearer_token",
    "csrf_token",
    "jwt",
    "passphrase",
    "passwd",
    "private_key",
    "pwd",
    "secret",
    "secret_key",
    "x-access-token",
    "x-auth-token",
    "x-csrf-token",
    "x-xsrf-token",
    "xsrf_token",
];

/// The signature in a CDN's URL, or in the URL for the response of a custom resource; elsewhere, it is that of SNS, which is no
/// secret.
const DEFAULT_IN_QUERIES: [&str; 1] = ["signature"];

impl Names {
    /// Adds a name.
    pub(crate) fn add(&mut self, name: &str) {
        insert(&mut self.all, name);
    }

    /// Removes a name.
    pub(crate) fn remove(&mut self, name: &str) {
        let name = folded(name.as_bytes());
        self.all.retain(|kept| !kept.iter().copied().eq(name.clone()));
        self.in_queries.retain(|kept| !kept.iter().copied().eq(name.clone()));
    }

    /// Returns whether the set contains `name`.
    pub(crate) fn contains(&self, name: &[u8]) -> bool {
        let is_name = |name: &[u8]| self.all.binary_search_by(|kept| kept.as_slice().cmp(name)).is_ok();
        match Folded::new(name) {
            Some(name) => is_name(name.as_bytes()),
            None => is_name(&folded(name).collect::<Vec<_>>()),
        }
    }

    /// Returns whether the set contains a whole name, such as `card.number`, or its last part, such as that of
    /// `user[password]`, `user.password` and `/user/password`.
    pub(crate) fn contains_part(&self, name: &[u8]) -> bool {
        is_or_ends_in(name, |name| self.contains(name))
    }

    /// Returns the same for a name in a query string or form, including the names that count only there.
    pub(crate) fn contains_in_form(&self, name: &[u8]) -> bool {
        let is_in_queries = |name: &[u8]| self.in_queries.iter().any(|kept| folded(name).eq(kept.iter().copied()));
        is_or_ends_in(name, |name| self.contains(name) || is_in_queries(name))
    }
}

impl Default for Names {
    fn default() -> Self {
        let mut names = Self {
            all: Vec::with_capacity(DEFAULT.len()),
            in_queries: Vec::new(),
        };
        for name in DEFAULT {
            names.add(name);
        }
        for name in DEFAULT_IN_QUERIES {
            insert(&mut names.in_queries, name);
        }
        names
    }
}

/// A name without case, hyphens and underscores.
pub(crate) struct Folded {
    bytes: [u8; 64],
    length: usize,
}

impl Folded {
    /// Folds a name, or returns `None` if more than 64 bytes remain.
    pub(crate) fn new(name: &[u8]) -> Option<Self> {
        let (mut bytes, mut length) = ([0; 64], 0);
        for byte in folded(name) {
            *bytes.get_mut(length)? = byte;
            length += 1;
        }
        Some(Self { bytes, length })
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.bytes[..self.length]
    }
}

/// Returns whether `is_name` is true for a name, for the name without the places in a list at its end, or for its last part.
fn is_or_ends_in(name: &[u8], is_name: impl Fn(&[u8]) -> bool) -> bool {
    let whole = without_indices(name);
    let last = last_part(whole.strip_suffix(b"]").unwrap_or(whole));
    is_name(name) || last.len() < name.len() && (is_name(whole) || is_name(last))
}

/// Returns the letters, digits, hyphens and underscores at the end of a name.
fn last_part(name: &[u8]) -> &[u8] {
    let separates = |byte: &u8| !matches!(byte, b'-' | b'_') && !byte.is_ascii_alphanumeric();
    &name[name.iter().rposition(separates).map_or(0, |at| at + 1)..]
}

/// Returns `password` for `password[]` and `password[0]`.
fn without_indices(mut name: &[u8]) -> &[u8] {
    while let Some(open) = name.strip_suffix(b"]") {
        let digits = open.iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
        match open[..open.len() - digits].strip_suffix(b"[") {
            Some(list) => name = list,
            None => break,
        }
    }
    name
}

fn insert(names: &mut Vec<Vec<u8>>, name: &str) {
    let name: Vec<u8> = folded(name.as_bytes()).collect();
    if let (false, Err(place)) = (name.is_empty(), names.binary_search(&name)) {
        names.insert(place, name);
    }
}

fn folded(name: &[u8]) -> impl Iterator<Item = u8> + Clone {
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

    #[test]
    fn the_names_that_oauth_and_aws_use_for_secrets_are_known() {
        let names = Names::default();
        for name in [
            "access_token",
            "accessToken",
            "refresh_token",
            "id_token",
            "client_secret",
            "clientSecret",
            "client_assertion",
            "code_verifier",
            "SAMLResponse",
            "secretAccessKey",
            "AWS_SECRET_ACCESS_KEY",
            "SecretString",
            "sessionToken",
            "X-Amz-Signature",
            "identitySource",
            "outputToken",
        ] {
            assert!(names.contains(name.as_bytes()), "{name}");
        }
    }

    #[test]
    fn a_signature_is_a_secret_in_a_query_only() {
        let mut names = Names::default();
        assert!(names.contains_in_form(b"Signature") && names.contains_in_form(b"token"));
        assert!(!names.contains(b"Signature"));
        names.remove("signature");
        assert!(!names.contains_in_form(b"Signature"));
    }

    #[test]
    fn a_form_has_the_whole_name_or_its_last_part() {
        let mut names = Names::default();
        for name in ["card.number", "pin[code]", "pin[1]", "größe"] {
            assert!(!names.contains_in_form(name.as_bytes()), "{name}");
            names.add(name);
        }
        for name in [
            "card.number",
            "Card.Number[0]",
            "pin[code]",
            "pin[1]",
            "größe",
            "user[password]",
            "user.password",
            "password[]",
            "user[token][0][12]",
        ] {
            assert!(names.contains_in_form(name.as_bytes()), "{name}");
        }
        for name in [
            "number",
            "card",
            "code",
            "pin[2]",
            "password[hint]",
            "[]",
            "[0]",
            "]",
            "",
        ] {
            assert!(!names.contains_in_form(name.as_bytes()), "{name}");
        }
    }
}
