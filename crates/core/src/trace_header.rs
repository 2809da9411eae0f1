//! [`TraceHeader`], the X-Ray tracing header that Lambda passes in and that outgoing requests carry.

use std::fmt;
use std::str::FromStr;

use memchr::memchr;

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

/// The longest other parts that are accepted, so that a child of a header is not longer than [`MAX_LEN`].
const MAX_REST: usize = MAX_LEN - "Root=;Parent=;Sampled=1".len() - size_of::<TraceId>() - size_of::<SegmentId>();

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
    /// `None` if it has no parent, or an id of zeros, which is invalid there.
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
        let (root, parent) = (self.root.as_str(), self.parent?.to_string());
        let is_zero = |id: &str| id.bytes().all(|byte| matches!(byte, b'0' | b'-'));
        if is_zero(&root[2..]) || is_zero(&parent) {
            return None;
        }
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
        if text.len() > MAX_LEN {
            return Err(TraceHeaderError(Kind::Form));
        }
        let (mut root, mut parent, mut sampling) = (None, None, None);
        let mut rest = String::new();
        let mut left = text;
        if let Some((known, others)) = in_usual_order(text) {
            (root, parent, sampling) = (Some(known.0), Some(known.1), Some(known.2));
            left = others;
        }
        while !left.is_empty() {
            // `memchr`, because parts are long; the key is short enough for a simple search.
            let end = memchr(b';', left.as_bytes());
            let (part, others) = end.map_or((left, ""), |end| (&left[..end], &left[end + 1..]));
            left = others;
            let part = part.trim_matches(' ');
            if part.is_empty() {
                continue;
            }
            let Some(end) = part.bytes().position(|byte| byte == b'=') else {
                return Err(TraceHeaderError(Kind::Form));
            };
            let (key, value) = (&part[..end], &part[end + 1..]);
            match key {
                "Root" if root.is_none() => root = Some(value.parse()?),
                "Parent" if parent.is_none() => parent = Some(value.parse()?),
                "Sampled" if sampling.is_none() => sampling = Some(value.parse()?),
                "Root" | "Parent" | "Sampled" => return Err(TraceHeaderError(Kind::Form)),
                // Only visible ASCII and spaces, because it is forwarded in HTTP headers.
                _ if part.bytes().all(|byte| (b' '..=b'~').contains(&byte)) => {
                    rest.push(';');
                    rest.push_str(part);
                }
                _ => return Err(TraceHeaderError(Kind::Form)),
            }
        }
        let root = root.ok_or(TraceHeaderError(Kind::NoRoot))?;
        if rest.len() > MAX_REST {
            return Err(TraceHeaderError(Kind::Form));
        }
        Ok(Self {
            root,
            parent,
            sampling,
            rest: rest.into(),
        })
    }
}

/// Reads the three parts that Lambda writes, if the header begins with them, and returns what follows.
///
/// Every invocation has a header, and comparing at known places costs a quarter of looking for the parts.
fn in_usual_order(text: &str) -> Option<((TraceId, SegmentId, Sampling), &str)> {
    let head = text.as_bytes().first_chunk::<74>()?;
    let is_usual = head.starts_with(b"Root=") && head[40..48] == *b";Parent=" && head[64..73] == *b";Sampled=";
    let rest = text
        .get(74..)
        .filter(|rest| is_usual && (rest.is_empty() || rest.starts_with(';')))?;
    let root = TraceId::read(head[5..].first_chunk()?)?;
    let parent = SegmentId::read(head[48..].first_chunk()?)?;
    let sampling = match head[73] {
        b'1' => Sampling::Sampled,
        b'0' => Sampling::NotSampled,
        b'?' => Sampling::Requested,
        _ => return None,
    };
    Some(((root, parent, sampling), rest))
}

/// Returns whether all digits are hexadecimal; without an early exit this compiles to vector instructions.
fn are_hex<const N: usize>(digits: &[u8; N]) -> bool {
    digits.iter().fold(true, |all, digit| all & digit.is_ascii_hexdigit())
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

    fn read(text: &[u8; 35]) -> Option<Self> {
        let mut digits = [0; 32];
        digits[..8].copy_from_slice(&text[2..10]);
        digits[8..].copy_from_slice(&text[11..]);
        (text.starts_with(b"1-") && text[10] == b'-' && are_hex(&digits)).then_some(Self(*text))
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
        let bytes = text.as_bytes().try_into().ok();
        bytes.and_then(Self::read).ok_or(TraceHeaderError(Kind::TraceId))
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

    fn read(text: &[u8; 16]) -> Option<Self> {
        are_hex(text).then_some(Self(*text))
    }
}

impl From<u64> for SegmentId {
    fn from(number: u64) -> Self {
        let mut digits = [0; 16];
        digits[..8].copy_from_slice(&hex(number >> 32));
        digits[8..].copy_from_slice(&hex(number & 0xffff_ffff));
        Self(digits)
    }
}

/// Returns the eight digits of a number below 2^32, all computed at once, because every span has an id.
fn hex(number: u64) -> [u8; 8] {
    const ONES: u64 = 0x0101_0101_0101_0101;
    // One digit in each byte.
    let mut digits = (number | number << 16) & 0x0000_ffff_0000_ffff;
    digits = (digits | digits << 8) & 0x00ff_00ff_00ff_00ff;
    digits = (digits | digits << 4) & 0x0f0f_0f0f_0f0f_0f0f;
    // 1 for each digit above 9; letters begin 39 after the character that follows `9`.
    let letters = (digits + ONES * 6) >> 4 & ONES;
    (digits + ONES * u64::from(b'0') + letters * 39).to_be_bytes()
}

impl FromStr for SegmentId {
    type Err = TraceHeaderError;

    fn from_str(text: &str) -> Result<Self, TraceHeaderError> {
        let bytes = text.as_bytes().try_into().ok();
        bytes.and_then(Self::read).ok_or(TraceHeaderError(Kind::SegmentId))
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
    fn ids_of_zeros_have_no_traceparent() {
        for text in [
            "Root=1-00000000-000000000000000000000000;Parent=53995c3f42cd8ad8",
            "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=0000000000000000",
            "Root=1-5759e988-bd862e3fe1be46a994272793",
        ] {
            let header: TraceHeader = text.parse().unwrap();
            assert_eq!(header.traceparent(), None, "{text}");
        }
    }

    #[test]
    fn every_known_part_is_read() {
        let header: TraceHeader = format!("{ROOT};Parent=53995c3f42cd8ad8;Sampled=0").parse().unwrap();
        assert_eq!(header.root().as_str(), "1-5759e988-bd862e3fe1be46a994272793");
        assert_eq!(header.parent().unwrap().as_str(), "53995c3f42cd8ad8");
        assert_eq!(header.sampling(), Some(Sampling::NotSampled));
        assert!(!header.is_sampled());
    }

    #[test]
    fn parts_in_any_order_are_the_same_header() {
        let parent = "Parent=53995c3f42cd8ad8";
        for rest in ["", ";", ";Lineage=1:a87bd80c:1", "; Self=1-a ;;New=x=y"] {
            for sampled in ["Sampled=1", "Sampled=0", "Sampled=?"] {
                let usual: TraceHeader = format!("{ROOT};{parent};{sampled}{rest}").parse().unwrap();
                let other: TraceHeader = format!("{sampled}; {ROOT} ;{parent}{rest}").parse().unwrap();
                assert_eq!(usual, other, "{sampled}{rest}");
            }
        }
        for rest in [
            "x",
            "=",
            ";Sampled=1",
            &format!(";{ROOT}"),
            &format!(";{parent}"),
            ";\u{e9}=1",
            "\u{e9}",
        ] {
            let text = format!("{ROOT};{parent};Sampled=1{rest}");
            assert!(text.parse::<TraceHeader>().is_err(), "{text}");
        }
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
    fn a_child_of_the_longest_header_can_be_read() {
        let with = |bytes: usize| format!("{ROOT};X={}", "x".repeat(bytes)).parse::<TraceHeader>();
        let longest = (0..MAX_LEN).rev().find_map(|bytes| with(bytes).ok()).unwrap();
        let child = longest.child(SegmentId::from(0xab)).decide(Sampling::Sampled);
        assert_eq!(child.to_string().len(), MAX_LEN);
        assert_eq!(child.to_string().parse::<TraceHeader>().unwrap(), child);
    }

    #[test]
    fn an_invalid_header_is_an_error() {
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
            &format!("{ROOT};\u{e9}=1"),
            &format!("{ROOT};\tParent=53995c3f42cd8ad8"),
            &format!("{ROOT};X=\u{7f}"),
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
