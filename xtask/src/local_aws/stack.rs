//! Deploys a SAM template through CloudFormation.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use roxmltree::Document;
use zip::write::SimpleFileOptions;

use super::Client;

const BUCKET: &str = "code";

/// The template parameter that tells functions where to find each other's APIs locally.
const LOCAL_ENDPOINT: &str = "LocalEndpoint";

/// How long the creation of a stack may take.
const TIMEOUT: Duration = Duration::from_mins(1);

/// Creates a stack from `template` and returns its outputs.
///
/// As with `sam package`, the `CodeUri: FOLDER` of each function is replaced with the S3 address of a package with the
/// program `bootstrap(FOLDER's name)`, and the `DefinitionUri: FILE` of a state machine with that of the file next to the
/// template. The rest of the template is unchanged. If the template has a parameter
/// `LocalEndpoint`, it is set to the address of the local AWS.
pub(crate) fn deploy(
    client: &Client,
    name: &str,
    template: &Path,
    bootstrap: impl Fn(&str) -> Result<Vec<u8>>,
) -> Result<BTreeMap<String, String>> {
    let text = std::fs::read_to_string(template).with_context(|| format!("{} cannot be read", template.display()))?;
    let mut packaged = String::with_capacity(text.len());
    for line in text.lines() {
        if let Some((before, folder)) = line.split_once("CodeUri: ") {
            let program = Path::new(folder)
                .file_name()
                .and_then(|name| name.to_str())
                .unwrap_or(folder);
            let key = format!("{program}.zip");
            client.put_object(BUCKET, &key, &package(&bootstrap(program)?)?)?;
            packaged.extend([before, "CodeUri: s3://", BUCKET, "/", &key]);
        } else if let Some((before, file)) = line.split_once("DefinitionUri: ") {
            let definition = template.with_file_name(file);
            let text = std::fs::read(&definition);
            let text = text.with_context(|| format!("{} cannot be read", definition.display()))?;
            client.put_object(BUCKET, file, &text)?;
            packaged.extend([before, "DefinitionUri: s3://", BUCKET, "/", file]);
        } else {
            packaged.push_str(line);
        }
        packaged.push('\n');
    }
    let capabilities = [
        ("Capabilities.member.1", "CAPABILITY_IAM"),
        ("Capabilities.member.2", "CAPABILITY_AUTO_EXPAND"),
    ];
    let endpoint = [
        ("Parameters.member.1.ParameterKey", LOCAL_ENDPOINT),
        ("Parameters.member.1.ParameterValue", client.endpoint()),
    ];
    let has_endpoint = text.contains(&format!("  {LOCAL_ENDPOINT}:"));
    let parameters: Vec<_> = [("StackName", name), ("TemplateBody", packaged.as_str())]
        .into_iter()
        .chain(capabilities)
        .chain(endpoint.into_iter().filter(|_| has_endpoint))
        .collect();
    client.query("cloudformation", "CreateStack", &parameters)?;
    wait(client, name)
}

fn wait(client: &Client, name: &str) -> Result<BTreeMap<String, String>> {
    let started = Instant::now();
    loop {
        let answer = client.query("cloudformation", "DescribeStacks", &[("StackName", name)])?;
        let document = Document::parse(&answer)?;
        let text_of = |tag: &str| {
            document
                .descendants()
                .find(|node| node.has_tag_name(tag))
                .and_then(|node| node.text())
        };
        let status = named(&document, "StackStatus").unwrap_or_default();
        match status.as_str() {
            "CREATE_COMPLETE" => return Ok(outputs(&document)),
            "CREATE_IN_PROGRESS" if started.elapsed() < TIMEOUT => std::thread::sleep(Duration::from_millis(100)),
            _ => bail!(
                "the stack is {status}: {}",
                text_of("StackStatusReason").unwrap_or("no reason given")
            ),
        }
    }
}

fn outputs(document: &Document<'_>) -> BTreeMap<String, String> {
    let text = |node: roxmltree::Node<'_, '_>, tag: &str| {
        let child = node.children().find(|child| child.tag_name().name() == tag);
        child.and_then(|child| child.text()).unwrap_or_default().to_owned()
    };
    let members = document.descendants().filter(|node| node.tag_name().name() == "member");
    let pairs = members.map(|node| (text(node, "OutputKey"), text(node, "OutputValue")));
    pairs.filter(|(key, _)| !key.is_empty()).collect()
}

fn named(document: &Document<'_>, tag: &str) -> Option<String> {
    let node = document.descendants().find(|node| node.tag_name().name() == tag)?;
    node.text().map(str::to_owned)
}

/// Returns a deployment package: the program as an executable `bootstrap` in a zip file.
fn package(bootstrap: &[u8]) -> Result<Vec<u8>> {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    zip.start_file(
        "bootstrap",
        // Not compressed, because it stays on the same machine.
        SimpleFileOptions::default()
            .unix_permissions(0o755)
            .compression_method(zip::CompressionMethod::Stored),
    )?;
    zip.write_all(bootstrap)?;
    Ok(zip.finish()?.into_inner())
}
