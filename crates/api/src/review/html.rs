//! The review as one page that needs nothing else, on paper, too.

use std::{
    fmt,
    io::{self, Write},
};

use rolecall_domain::{
    ports::ReadTx,
    use_cases::review::{ReviewRow, ReviewTally},
};

use super::{Prepared, ReviewError};

const STYLE: &str = "\
body{font:14px/1.45 system-ui,sans-serif;margin:2rem;color:#1a1a1a;background:#fff}\
h1{font-size:1.5rem;margin:0 0 .5rem}h2{font-size:1.1rem;margin:2rem 0 .5rem}\
dl{display:grid;grid-template-columns:max-content 1fr;gap:.15rem 1rem;margin:0}dt{color:#555}dd{margin:0}\
code{font:12px ui-monospace,monospace;overflow-wrap:anywhere}\
table{border-collapse:collapse;width:100%}th,td{text-align:left;vertical-align:top;padding:.3rem .6rem .3rem 0;\
border-bottom:1px solid #ccc}th{color:#555;font-weight:600}td{overflow-wrap:anywhere}\
.sign{margin-top:3rem;display:flex;gap:3rem}.sign div{flex:1;border-top:1px solid #555;padding-top:.3rem;color:#555}\
@media print{body{margin:0;font-size:10pt}thead{display:table-header-group}tr{break-inside:avoid}h2{break-after:avoid}}\
@page{margin:15mm}";

const END_OF_TABLE: &[u8] = b"</tbody></table>\n";

/// Text between tags or quotation marks.
struct Escaped<'t>(&'t str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for c in self.0.chars() {
            match c {
                '&' => f.write_str("&amp;")?,
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '"' => f.write_str("&quot;")?,
                '\'' => f.write_str("&#39;")?,
                other => fmt::Write::write_char(f, other)?,
            }
        }
        Ok(())
    }
}

pub(super) fn write(
    tx: &mut (impl ReadTx + ?Sized),
    prepared: &Prepared,
    out: &mut dyn Write,
) -> Result<(), ReviewError> {
    let Prepared { review, org, .. } = prepared;
    begin(prepared, out)?;
    out.flush()?;
    let (mut open, mut tally) = (None, ReviewTally::default());
    review.rows(tx, org.id, &mut |row| {
        tally.add(&row);
        let before = open.replace(row.workspace_id);
        if before != Some(row.workspace_id) {
            if before.is_some() {
                out.write_all(END_OF_TABLE)?;
            }
            section(&row, out)?;
        }
        Ok::<_, ReviewError>(line(&row, out)?)
    })?;
    if open.is_some() {
        out.write_all(END_OF_TABLE)?;
    } else {
        out.write_all(b"<p>Nobody is in any workspace.</p>\n")?;
    }
    let totals = tally.total();
    write!(
        out,
        "<h2>In all</h2>\n<dl><dt>Memberships</dt><dd>{} in {} workspaces</dd>\
         <dt>Checksum (SHA-256)</dt><dd><code>{}</code></dd></dl>\n",
        totals.memberships, totals.workspaces, totals.checksum
    )?;
    let sign = "<div class=\"sign\"><div>Reviewed by</div><div>Date</div><div>Signature</div></div>\n";
    out.write_all(sign.as_bytes())?;
    Ok(out.write_all(b"</body></html>\n")?)
}

fn begin(prepared: &Prepared, out: &mut dyn Write) -> io::Result<()> {
    let Prepared { review, org, made_at } = prepared;
    let (name, slug) = (Escaped(&org.name), Escaped(&org.slug));
    write!(
        out,
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" \
         content=\"width=device-width\"><title>Access review of {name}</title><style>{STYLE}</style></head><body>\n\
         <h1>Access review of {name}</h1>\n<dl><dt>Organisation</dt><dd>{slug}</dd><dt>As of</dt><dd>{}</dd>\
         <dt>Made at</dt><dd>{made_at}</dd></dl>\n",
        review.at()
    )
}

fn section(row: &ReviewRow, out: &mut dyn Write) -> io::Result<()> {
    write!(
        out,
        "<h2>{} <code>{}</code></h2>\n<table><thead><tr><th scope=\"col\">Person</th><th scope=\"col\">E-mail</th>\
         <th scope=\"col\">Role</th><th scope=\"col\">Since</th><th scope=\"col\">Why</th>\
         <th scope=\"col\">Last change</th></tr></thead><tbody>\n",
        Escaped(&row.workspace_name),
        Escaped(&row.workspace)
    )
}

fn line(row: &ReviewRow, out: &mut dyn Write) -> io::Result<()> {
    let id = row.user_id.to_string();
    writeln!(
        out,
        "<tr><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}, {}</td></tr>",
        Escaped(row.user_name.as_deref().unwrap_or(&id)),
        Escaped(row.email.as_deref().unwrap_or_default()),
        row.role,
        row.since,
        Escaped(&row.why.join("; ")),
        row.changed_at,
        Escaped(&row.changed_by)
    )
}
