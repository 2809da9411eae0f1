//! temp
use std::path::Path;
fn main() -> anyhow::Result<()> {
    let a: Vec<String> = std::env::args().collect();
    let program = report::browser::find().unwrap();
    let mut b = report::browser::Browser::start(&program, Path::new("/tmp/shoot-profile"))?;
    let t = std::time::Instant::now();
    b.window(1280, 900, false)?;
    b.open(Path::new(&a[1]))?;
    println!("open {:?}", t.elapsed());
    for shot in &a[3..] {
        // name:width:height:dark:hash
        let p: Vec<&str> = shot.splitn(5, ':').collect();
        b.window(p[1].parse()?, p[2].parse()?, p[3] == "d")?;
        b.evaluate(&format!("location.hash = {:?}; new Promise(r => setTimeout(r, 500))", p[4]))?;
        if p[0].ends_with("full") {
            let h = b.evaluate("document.documentElement.scrollHeight")?;
            b.window(p[1].parse()?, u32::try_from(h.as_u64().unwrap())?, p[3] == "d")?;
            b.evaluate("new Promise(r => setTimeout(r, 400))")?;
        }
        std::fs::write(format!("{}/{}.png", a[2], p[0]), b.picture()?)?;
        let over = b.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")?;
        if over.as_i64() > Some(0) { println!("{} overflows by {over}", p[0]); }
    }
    println!("{:#?}", b.problems()?);
    Ok(())
}
