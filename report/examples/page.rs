//! temp
fn main() -> anyhow::Result<()> {
    let a: Vec<String> = std::env::args().collect();
    let t = std::time::Instant::now();
    let model = report::Telemetry::read(a[1].as_ref())?.model();
    println!("model {:?}", t.elapsed());
    let page = report::page::write(&model)?;
    println!("page {:?} {} KB", t.elapsed(), page.len() / 1024);
    print!("{}", report::text::report(&model));
    std::fs::write(&a[2], page)?;
    Ok(())
}
