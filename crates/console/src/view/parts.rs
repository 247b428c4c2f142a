//! The parts that pages are made of: forms, tables, badges, secrets to copy, pages that follow.

use maud::{Markup, Render, html};
use rolecall_domain::{ports::LOOKED_THROUGH, records::Connection, time::Timestamp};

use crate::{form::TOKEN_FIELD, paging::Page, visit::Signed};

/// The hidden field without which no form of a session is taken.
pub(crate) fn form_token(signed: &Signed) -> Markup {
    html! { input type="hidden" name=(TOKEN_FIELD) value=(signed.form_token); }
}

/// A form that changes something.
pub(crate) fn form(signed: &Signed, action: &str, class: &str, body: Markup) -> Markup {
    form_of(&signed.form_token, action, class, body)
}

/// The same for a form token of any kind.
pub(crate) fn form_of(token: &str, action: &str, class: &str, body: Markup) -> Markup {
    html! { form method="post" action=(action) class=(class) { input type="hidden" name=(TOKEN_FIELD) value=(token); (body) } }
}

/// A form that may bring a file.
pub(crate) fn file_form(signed: &Signed, action: &str, class: &str, body: Markup) -> Markup {
    html! { form method="post" action=(action) class=(class) enctype="multipart/form-data" { (form_token(signed)) (body) } }
}

/// How loud a badge is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Tone {
    Quiet,
    Good,
    Warning,
    Bad,
    Accent,
}

/// A word beside a thing.
pub(crate) fn badge(word: &str, tone: Tone) -> Markup {
    let class = match tone {
        Tone::Quiet => "badge",
        Tone::Good => "badge good",
        Tone::Warning => "badge warning",
        Tone::Bad => "badge bad",
        Tone::Accent => "badge accent",
    };
    html! { span class=(class) { (word) } }
}

/// A role, louder the higher.
pub(crate) fn role_badge(role: &str) -> Markup {
    badge(role, if matches!(role, "owner" | "admin") { Tone::Accent } else { Tone::Quiet })
}

/// Pieces of an address are not broken up to this length: a column is as wide as the longest of them.
const PIECE: usize = 24;

/// An e-mail address, or a name that may be one: a line ends after `@` or `.`, and within a piece only where that is long or its
/// place too narrow for it.
pub(crate) fn address(text: &str) -> Markup {
    let pieces: Vec<&str> = text.split_inclusive(['@', '.']).collect();
    html! {
        @if pieces.len() < 2 { (text) } @else {
            span.address {
                @for (at, piece) in pieces.iter().enumerate() {
                    @if at > 0 { wbr; }
                    @if piece.chars().count() > PIECE { span.long { (piece) } } @else { (piece) }
                }
            }
        }
    }
}

/// A moment: for people to the minute, exactly for machines and for who points at it.
pub(crate) fn moment(at: Timestamp) -> Markup {
    let exact = at.to_string();
    let shown = exact.get(..16).map_or_else(|| exact.clone(), |text| text.replace('T', " "));
    html! { time datetime=(exact) title=(exact) { (shown) span.utc { " UTC" } } }
}

/// A sentence with what stands between backticks as code; as it is, where one is left over.
pub(crate) fn coded(text: &str) -> Markup {
    let pieces: Vec<&str> = text.split('`').collect();
    if pieces.len().is_multiple_of(2) {
        return html! { (text) };
    }
    html! { @for (place, piece) in pieces.iter().enumerate() { @if place % 2 == 1 { code { (piece) } } @else { (piece) } } }
}

/// A moment that may not have been.
pub(crate) fn moment_or(at: Option<Timestamp>, otherwise: &str) -> Markup {
    at.map_or_else(|| html! { span.faint { (otherwise) } }, moment)
}

/// A number with its thousands apart.
pub(crate) fn number(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push('\u{202f}');
        }
        text.push(digit);
    }
    text
}

/// A number that was counted no further than `most`.
pub(crate) fn up_to(most: u32, count: u64) -> String {
    if count < u64::from(most) { number(count) } else { format!("{}+", number(count)) }
}

/// One or many of something, counted no further than `most`.
pub(crate) fn counted_up_to(most: u32, count: u64, one: &str, many: &str) -> String {
    format!("{} {}", up_to(most, count), if count == 1 { one } else { many })
}

/// One or many of something.
pub(crate) fn counted(count: u64, one: &str, many: &str) -> String {
    format!("{} {}", number(count), if count == 1 { one } else { many })
}

/// An event's kind as people say it: `membership.created` is `Membership created`.
pub(crate) fn kind_in_words(kind: &str) -> String {
    let mut words = kind.replace(['.', '_'], " ");
    if let Some(first) = words.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    words
}

/// Text to copy. The button is put there by the script; without one the field can be selected.
pub(crate) fn copyable(id: &str, label: &str, text: &str) -> Markup {
    html! {
        div.copyable {
            label for=(id) { (label) }
            div.copy-row {
                input id=(id) type="text" readonly value=(text) spellcheck="false" autocomplete="off";
                button.copy type="button" data-copy=(id) hidden { "Copy" }
            }
        }
    }
}

/// The head of a page: where it is, what it is called, what it is for, what can be done.
pub(crate) fn heading(trail: &[(&str, &str)], title: &str, about: impl Render, actions: Markup) -> Markup {
    let about = about.render();
    html! {
        @if !trail.is_empty() {
            nav.trail aria-label="Breadcrumb" {
                ol { @for (label, path) in trail { li { @if path.is_empty() { (label) } @else { a href=(path) { (label) } } } } }
            }
        }
        div.heading {
            div { h1 { (address(title)) } @if !about.0.is_empty() { p.about { (about) } } }
            div.actions { (actions) }
        }
    }
}

/// What a list shows that has nothing to show.
pub(crate) fn empty(title: &str, text: Markup) -> Markup {
    html! { div.empty { p.empty-title { (title) } div { (text) } } }
}

/// A card with a heading.
pub(crate) fn card(title: &str, about: &str, body: Markup) -> Markup {
    html! {
        section.card {
            header { h2 { (title) } @if !about.is_empty() { p { (about) } } }
            (body)
        }
    }
}

/// A table in a frame that scrolls on a narrow screen. Cells name their heading, which shows beside them on a phone.
pub(crate) fn table(caption: &str, headings: &[&str], rows: Markup) -> Markup {
    html! {
        div.table-frame {
            table {
                caption.hidden { (caption) }
                thead { tr { @for heading in headings { th scope="col" { @if heading.is_empty() { span.hidden { "Actions" } } @else { (heading) } } } } }
                tbody { (rows) }
            }
        }
    }
}

/// What opens before something is done that is not easily undone; it works without a script.
pub(crate) fn confirm(label: &str, question: &str, form: Markup) -> Markup {
    html! {
        details.confirm {
            summary.button.danger-quiet { (label) }
            div.confirm-card { p { (question) } (form) }
        }
    }
}

/// The way to the first page and to the next.
pub(crate) fn pages(path: &str, query: &[(&str, &str)], is_first: bool, next: Option<&str>) -> Markup {
    let address = |cursor: Option<&str>| {
        let pairs = query
            .iter()
            .copied()
            .filter(|(_, value)| !value.is_empty())
            .chain(cursor.map(|at| ("cursor", at)));
        let pairs: Vec<String> = pairs.map(|(name, value)| format!("{name}={}", encoded(value))).collect();
        if pairs.is_empty() { path.to_owned() } else { format!("{path}?{}", pairs.join("&")) }
    };
    html! {
        @if !is_first || next.is_some() {
            nav.pages aria-label="Pages" {
                @if !is_first { a.button href=(address(None)) { "First page" } }
                @if let Some(next) = next { a.button rel="next" href=(address(Some(next))) { "Next page" } }
            }
        }
    }
}

/// The same of a search, which may have stopped before the page was full.
pub(crate) fn pages_of<T>(path: &str, query: &[(&str, &str)], is_first: bool, page: &Page<T>) -> Markup {
    html! {
        @if page.stopped_early() {
            p.list-note { (number(u64::from(LOOKED_THROUGH))) " were looked through so far. The next page goes on from there." }
        }
        (pages(path, query, is_first, page.next.as_deref()))
    }
}

/// A choice among connections; nothing where there is one.
pub(crate) fn connection_choice(connections: &[Connection], chosen: &str) -> Markup {
    html! {
        @if connections.len() > 1 {
            div {
                label for="connection" { "Connection" }
                select #connection name="connection" {
                    option value="" { "Any" }
                    @for connection in connections {
                        @let id = connection.id.to_string();
                        option value=(id) selected[id == chosen] { (connection.name) }
                    }
                }
            }
        }
    }
}

/// A value in an address.
pub(crate) fn encoded(value: &str) -> String {
    percent_encoding::utf8_percent_encode(value, percent_encoding::NON_ALPHANUMERIC).to_string()
}

/// Options of a choice, one of them chosen.
pub(crate) fn options(all: &[(&str, &str)], chosen: &str) -> Markup {
    html! { @for (value, label) in all { option value=(value) selected[*value == chosen] { (label) } } }
}

/// A number of something, large, with a way to it.
pub(crate) fn figure(label: &str, value: &str, path: &str, about: Markup) -> Markup {
    html! { a.figure href=(path) { span.figure-label { (label) } span.figure-value { (value) } span.figure-about { (about) } } }
}

/// The same without a way.
pub(crate) fn figure_only(label: &str, value: &str) -> Markup {
    html! { div.figure { span.figure-label { (label) } span.figure-value { (value) } } }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_between_backticks_is_code_and_nothing_else_is_read() {
        assert_eq!(coded("run `a <b>` *now*").0, "run <code>a &lt;b&gt;</code> *now*");
        assert_eq!(coded("one ` alone").0, "one ` alone");
    }

    #[test]
    fn an_address_ends_a_line_after_its_signs_and_within_a_long_piece_only() {
        assert_eq!(address("Ada").0, "Ada");
        assert_eq!(
            address("ada.<l>@acme.test").0,
            "<span class=\"address\">ada.<wbr>&lt;l&gt;@<wbr>acme.<wbr>test</span>"
        );
        let long = "x".repeat(PIECE);
        assert_eq!(
            address(&format!("{long}@a")).0,
            format!("<span class=\"address\"><span class=\"long\">{long}@</span><wbr>a</span>")
        );
    }
}
