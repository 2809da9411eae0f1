//! [`TraceHeader`], the X-Ray tracing header that Lambda passes in and that requests to others carry.

use std::fmt;
use std::str::FromStr;

/// The X-Ray tracing header, `X-Amzn-Trace-Id`.
///
/// `Root=1-<8 hex>-<24 hex>;Parent=<16 hex>;Sampled=0|1|?`, followed by other parts: `Lineage`, which Lambda adds to
/// detect recursive calls, `Self`, which load balancers add, and unknown ones. These are kept in their order and
/// printed again. `Display` gives the text to forward.
///
/// See [Tracing header](https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html#xray-concepts-tracingheader).
///
/// ```
/// use powertools_lambda_core::TraceHeader;
///
/// let text = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1;Lineage=1:a87bd80c:1";
/// let header: TraceHeader = text.parse()?;
/// assert!(header.is_sampled());
/// assert_eq!(header.to_string(), text);
/// # Ok::<(), powertools_lambda_core::TraceHeaderError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TraceHeader {
    root: TraceId,
    parent: Option<SegmentId>,
    sampling: Option<Sampling>,
    /// All other parts, each as `;key=value`.
    rest: Box<str>,
}

/// The longest header that is accepted, in bytes; Lambda's own are shorter than 200.
const MAX_LEN: usize = 1_024;

impl TraceHeader {
    /// Creates a header with only a root.
    pub fn new(root: TraceId) -> Self {
        Self {
            root,
            parent: None,
            sampling: None,
            rest: Box::default(),
        }
    }

    /// Returns the id of the trace.
    pub fn root(&self) -> &TraceId {
        &self.root
    }

    /// Returns the id of the calling segment, if the header has one.
    pub fn parent(&self) -> Option<&SegmentId> {
        self.parent.as_ref()
    }

    /// Returns the sampling decision, if the header has one.
    pub fn sampling(&self) -> Option<Sampling> {
        self.sampling
    }

    /// Returns whether the caller decided to record the trace: `Sampled=1`.
    pub fn is_sampled(&self) -> bool {
        self.sampling == Some(Sampling::Sampled)
    }

    /// Returns the header as a `traceparent` of [W3C Trace Context](https://www.w3.org/TR/trace-context/#traceparent-header);
    /// `None` if it has no parent.
    ///
    /// The flag `sampled` is set if [`is_sampled`](Self::is_sampled) is true.
    ///
    /// ```
    /// use powertools_lambda_core::TraceHeader;
    ///
    /// let header: TraceHeader = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1".parse()?;
    /// let traceparent = header.traceparent();
    /// assert_eq!(traceparent.as_deref(), Some("00-5759e988bd862e3fe1be46a994272793-53995c3f42cd8ad8-01"));
    /// # Ok::<(), powertools_lambda_core::TraceHeaderError>(())
    /// ```
    pub fn traceparent(&self) -> Option<String> {
        let (root, parent) = (self.root.as_str(), self.parent?);
        let flags = u8::from(self.is_sampled());
        let mut text = format!("00-{}{}-{parent}-{flags:02x}", &root[2..10], &root[11..]);
        text.make_ascii_lowercase();
        Some(text)
    }

    /// Returns the same header with another parent, for requests of the segment with this id.
    pub fn child(&self, parent: SegmentId) -> Self {
        Self {
            parent: Some(parent),
            ..self.clone()
        }
    }

    /// Returns the same header with another sampling decision.
    pub fn decide(&self, sampling: Sampling) -> Self {
        Self {
            sampling: Some(sampling),
            ..self.clone()
        }
    }
}

impl FromStr for TraceHeader {
    type Err = TraceHeaderError;

    fn from_str(text: &str) -> Result<Self, TraceHeaderError> {
        // Only visible ASCII and spaces, because the text is forwarded in HTTP headers.
        if text.len() > MAX_LEN || !all(text.as_bytes(), |byte| (b' '..=b'~').contains(&byte)) {
            return Err(TraceHeaderError(Kind::Form));
        }
        let (mut root, mut parent, mut sampling) = (None, None, None);
        let mut rest = String::new();
        let mut left = text;
        while !left.is_empty() {
            let (part, others) = split_at_byte(left, b';').unwrap_or((left, ""));
            left = others;
            let part = part.trim_ascii();
            if part.is_empty() {
                continue;
            }
            let Some((key, value)) = split_at_byte(part, b'=') else {
                return Err(TraceHeaderError(Kind::Form));
            };
            match key {
                "Root" if root.is_none() => root = Some(value.parse()?),
                "Parent" if parent.is_none() => parent = Some(value.parse()?),
                "Sampled" if sampling.is_none() => sampling = Some(value.parse()?),
                "Root" | "Parent" | "Sampled" => return Err(TraceHeaderError(Kind::Form)),
                _ => {
                    rest.push(';');
                    rest.push_str(part);
                }
            }
        }
        let root = root.ok_or(TraceHeaderError(Kind::NoRoot))?;
        Ok(Self {
            root,
            parent,
            sampling,
            rest: rest.into(),
        })
    }
}

/// Returns whether `test` is true for every byte; does not stop early, so that it compiles to vector instructions.
fn all(bytes: &[u8], test: impl Fn(u8) -> bool) -> bool {
    bytes.iter().fold(true, |all, byte| all & test(*byte))
}

/// Like [`str::split_once`], but faster, for an ASCII byte: a header is parsed for every invocation.
fn split_at_byte(text: &str, byte: u8) -> Option<(&str, &str)> {
    let at = text.bytes().position(|other| other == byte)?;
    Some((&text[..at], &text[at + 1..]))
}

impl fmt::Display for TraceHeader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Root={}", self.root)?;
        if let Some(parent) = &self.parent {
            write!(f, ";Parent={parent}")?;
        }
        if let Some(sampling) = self.sampling {
            write!(f, ";Sampled={sampling}")?;
        }
        f.write_str(&self.rest)
    }
}

/// The id of a trace: `1-<8 hex>-<24 hex>`.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct TraceId([u8; 35]);

impl TraceId {
    /// Returns the id as text.
    pub fn as_str(&self) -> &str {
        str::from_utf8(&self.0).unwrap_or_default()
    }

    /// Returns the text's bytes, all ASCII.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl From<u128> for TraceId {
    fn from(number: u128) -> Self {
        let mut text = *b"1-00000000-000000000000000000000000";
        let digits = (2..10).chain(11..35);
        for (at, place) in digits.enumerate() {
            text[place] = b"0123456789abcdef"[(number >> (124 - 4 * at) & 15) as usize];
        }
        Self(text)
    }
}

impl FromStr for TraceId {
    type Err = TraceHeaderError;

    fn from_str(text: &str) -> Result<Self, TraceHeaderError> {
        let bytes: [u8; 35] = text
            .as_bytes()
            .try_into()
            .map_err(|_| TraceHeaderError(Kind::TraceId))?;
        let is_hex = |digits: &[u8]| all(digits, |digit| digit.is_ascii_hexdigit());
        if bytes.starts_with(b"1-") && is_hex(&bytes[2..10]) && bytes[10] == b'-' && is_hex(&bytes[11..]) {
            Ok(Self(bytes))
        } else {
            Err(TraceHeaderError(Kind::TraceId))
        }
    }
}

impl fmt::Display for TraceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for TraceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TraceId({self})")
    }
}

/// The id of a segment or subsegment: 16 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct SegmentId([u8; 16]);

impl SegmentId {
    /// Returns the id as text.
    pub fn as_str(&self) -> &str {
        str::from_utf8(&self.0).unwrap_or_default()
    }

    /// Returns the text's bytes, all ASCII.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl From<u64> for SegmentId {
    fn from(number: u64) -> Self {
        let mut digits = [b'0'; 16];
        for (at, digit) in digits.iter_mut().enumerate() {
            *digit = b"0123456789abcdef"[(number >> (60 - 4 * at) & 15) as usize];
        }
        Self(digits)
    }
}

impl FromStr for SegmentId {
    type Err = TraceHeaderError;

    fn from_str(text: &str) -> Result<Self, TraceHeaderError> {
        match <[u8; 16]>::try_from(text.as_bytes()) {
            Ok(bytes) if all(&bytes, |byte| byte.is_ascii_hexdigit()) => Ok(Self(bytes)),
            _ => Err(TraceHeaderError(Kind::SegmentId)),
        }
    }
}

impl fmt::Display for SegmentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for SegmentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SegmentId({self})")
    }
}

/// The sampling decision of a tracing header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sampling {
    /// `Sampled=1`: record.
    Sampled,
    /// `Sampled=0`: do not record.
    NotSampled,
    /// `Sampled=?`: the sender asks the receiver for its decision.
    Requested,
}

impl FromStr for Sampling {
    type Err = TraceHeaderError;

    fn from_str(text: &str) -> Result<Self, TraceHeaderError> {
        match text {
            "1" => Ok(Self::Sampled),
            "0" => Ok(Self::NotSampled),
            "?" => Ok(Self::Requested),
            _ => Err(TraceHeaderError(Kind::Sampled)),
        }
    }
}

impl fmt::Display for Sampling {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sampled => "1",
            Self::NotSampled => "0",
            Self::Requested => "?",
        })
    }
}

/// An invalid tracing header, trace id or segment id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TraceHeaderError(Kind);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Kind {
    Form,
    NoRoot,
    TraceId,
    SegmentId,
    Sampled,
}

impl fmt::Display for TraceHeaderError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            Kind::Form => "tracing header is not of the form key=value;key=value with each key once",
            Kind::NoRoot => "tracing header has no Root",
            Kind::TraceId => "trace id is not of the form 1-<8 hex>-<24 hex>",
            Kind::SegmentId => "segment id is not 16 hexadecimal digits",
            Kind::Sampled => "Sampled is none of 0, 1 and ?",
        })
    }
}

impl std::error::Error for TraceHeaderError {}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ROOT: &str = "Root=1-5759e988-bd862e3fe1be46a994272793";

    #[test]
    fn every_known_part_is_read() {
        let header: TraceHeader = format!("{ROOT};Parent=53995c3f42cd8ad8;Sampled=0").parse().unwrap();
        assert_eq!(header.root().as_str(), "1-5759e988-bd862e3fe1be46a994272793");
        assert_eq!(header.parent().unwrap().as_str(), "53995c3f42cd8ad8");
        assert_eq!(header.sampling(), Some(Sampling::NotSampled));
        assert!(!header.is_sampled());
    }

    #[test]
    fn lineage_and_unknown_parts_are_forwarded_in_their_order() {
        let text = format!("{ROOT};Parent=53995c3f42cd8ad8;Sampled=1;Self=1-a;Lineage=1:a87bd80c:1;New=x=y");
        assert_eq!(text.parse::<TraceHeader>().unwrap().to_string(), text);
    }

    #[test]
    fn a_child_keeps_all_but_the_parent() {
        let header: TraceHeader = format!("Sampled=1; {ROOT};Parent=53995c3f42cd8ad8;Lineage=a")
            .parse()
            .unwrap();
        assert_eq!(
            header.child(SegmentId::from(0xab)).to_string(),
            format!("{ROOT};Parent=00000000000000ab;Sampled=1;Lineage=a")
        );
    }

    #[test]
    fn what_is_no_header_is_an_error() {
        let long = format!("{ROOT};X={}", "x".repeat(MAX_LEN));
        let twice = format!("{ROOT};{ROOT}");
        let injected = format!("{ROOT};X=a\r\nHost: evil");
        for text in [
            "",
            "Parent=53995c3f42cd8ad8",
            "Root=1-5759e988",
            "Root=2-5759e988-bd862e3fe1be46a994272793",
            ROOT.strip_suffix('3').unwrap(),
            &long,
            &twice,
            &injected,
            "Root",
            "\u{e9}=1",
        ] {
            assert!(text.parse::<TraceHeader>().is_err(), "{text}");
        }
        for part in ["Parent=5399", "Parent=53995c3f42cd8adg", "Sampled=yes"] {
            assert!(format!("{ROOT};{part}").parse::<TraceHeader>().is_err(), "{part}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused_without_a_panic(text in any::<String>()) {
            let _ = text.parse::<TraceHeader>();
        }

        #[test]
        fn what_is_read_prints_and_reads_back(
            root in "1-[0-9a-f]{8}-[0-9a-f]{24}",
            parent in proptest::option::of("[0-9a-f]{16}"),
            sampled in proptest::option::of("[01?]"),
            rest in proptest::collection::vec("[A-Z][a-z]{0,8}X=[!-:<-~]{0,12}", 0..4),
        ) {
            let parts = std::iter::once(format!("Root={root}"))
                .chain(parent.map(|id| format!("Parent={id}")))
                .chain(sampled.map(|sampled| format!("Sampled={sampled}")))
                .chain(rest);
            let text = parts.collect::<Vec<_>>().join(";");
            prop_assert_eq!(text.parse::<TraceHeader>().unwrap().to_string(), text);
        }

        #[test]
        fn any_number_is_a_segment_id(number in any::<u64>()) {
            let id = SegmentId::from(number);
            prop_assert_eq!(id.as_str().parse::<SegmentId>().unwrap(), id);
            prop_assert_eq!(u64::from_str_radix(id.as_str(), 16).unwrap(), number);
        }
    }
}
