//! Text to filter: a recursive descent over the grammar of RFC 7644 §3.4.2.2, with limits on its work.

use serde_json::Number;

use super::{Filter, Literal, Operator};
use crate::error::ScimError;
use crate::path::{self, AttrPath, Path, ValuePath};

/// The longest filter or path that is read, in bytes.
pub const MAX_LENGTH: usize = 10_000;
/// How deep parentheses, brackets and `not` may nest.
pub const MAX_DEPTH: usize = 32;
/// How many comparisons a filter may have.
pub const MAX_TERMS: usize = 200;

impl Filter {
    /// Parses a filter (RFC 7644 §3.4.2.2).
    ///
    /// ```
    /// use rolecall_scim::filter::Filter;
    ///
    /// let filter = Filter::parse(r#"userName SW "a" and (active eq true or title pr)"#)?;
    /// assert_eq!(filter.to_string(), r#"userName sw "a" and (active eq true or title pr)"#);
    ///
    /// let error = Filter::parse(r#"userName xx "a""#).unwrap_err();
    /// assert_eq!(error.detail, r#"filter, character 10: expected an operator (eq, ne, co, sw, ew, gt, ge, lt, le or pr), found "xx""#);
    /// # Ok::<(), rolecall_scim::error::ScimError>(())
    /// ```
    ///
    /// # Errors
    /// `invalidFilter`, with the position and what was expected there, or which of [`MAX_LENGTH`],
    /// [`MAX_DEPTH`] and [`MAX_TERMS`] was exceeded.
    pub fn parse(text: &str) -> Result<Self, ScimError> {
        Parser::new(text)
            .and_then(Parser::whole_filter)
            .map_err(|fault| ScimError::invalid_filter(fault.tell("filter")))
    }
}

/// Parses the path of a PATCH operation (RFC 7644 §3.5.2).
pub(crate) fn parse_path(text: &str) -> Result<Path, ScimError> {
    Parser::new(text)
        .and_then(Parser::whole_path)
        .map_err(|fault| ScimError::invalid_path(fault.tell("path")))
}

/// What went wrong, and after how many characters.
enum Fault {
    At { character: usize, problem: String },
    Limit(String),
}

impl Fault {
    fn tell(self, what: &str) -> String {
        match self {
            Fault::At { character, problem } => format!("{what}, character {character}: {problem}"),
            Fault::Limit(problem) => format!("{what}: {problem}"),
        }
    }
}

type Parsed<T> = Result<T, Fault>;

struct Parser<'a> {
    text: &'a str,
    position: usize,
    depth: usize,
    terms: usize,
}

impl<'a> Parser<'a> {
    fn new(text: &'a str) -> Parsed<Self> {
        if text.len() > MAX_LENGTH {
            return Err(Fault::Limit(format!(
                "{} bytes are too long; the limit is {MAX_LENGTH}",
                text.len()
            )));
        }
        Ok(Parser { text, position: 0, depth: 0, terms: 0 })
    }

    fn whole_filter(mut self) -> Parsed<Filter> {
        let filter = self.or()?;
        self.end("`and`, `or` or the end")?;
        Ok(filter)
    }

    fn whole_path(mut self) -> Parsed<Path> {
        let attribute = self.attr_path()?;
        if !self.eat('[') {
            self.end("`[` or the end")?;
            return Ok(Path::Attribute(attribute));
        }
        let filter = self.value_filter(&attribute)?;
        let sub_attribute = if self.eat('.') { Some(self.sub_attribute()?) } else { None };
        self.end("`.subAttribute` or the end")?;
        Ok(Path::Value(ValuePath { attribute, filter, sub_attribute }))
    }

    fn or(&mut self) -> Parsed<Filter> {
        let mut terms = vec![self.and()?];
        while self.eat_keyword("or") {
            terms.push(self.and()?);
        }
        Ok(if terms.len() > 1 { Filter::Or(terms) } else { terms.swap_remove(0) })
    }

    fn and(&mut self) -> Parsed<Filter> {
        let mut terms = vec![self.term()?];
        while self.eat_keyword("and") {
            terms.push(self.term()?);
        }
        Ok(if terms.len() > 1 { Filter::And(terms) } else { terms.swap_remove(0) })
    }

    fn term(&mut self) -> Parsed<Filter> {
        if self.eat('(') {
            return self.group();
        }
        let start = self.position;
        // The grammar has `not(`, the examples `not (`; erratum 7319 settles on both.
        if self.eat_keyword("not") {
            if self.eat('(') {
                return Ok(Filter::Not(Box::new(self.group()?)));
            }
            self.position = start;
        }
        self.expression()
    }

    /// After an opening parenthesis.
    fn group(&mut self) -> Parsed<Filter> {
        self.descend()?;
        let filter = self.or()?;
        self.expect(')', "`and`, `or` or `)`")?;
        self.depth -= 1;
        Ok(filter)
    }

    fn expression(&mut self) -> Parsed<Filter> {
        let attribute = self.attr_path()?;
        if !self.text[self.position..].starts_with('[') {
            return self.comparison(attribute);
        }
        self.position += 1;
        let filter = Box::new(self.value_filter(&attribute)?);
        let then = if self.text[self.position..].starts_with('.') {
            self.position += 1;
            let sub_attribute = AttrPath::of(self.sub_attribute()?);
            Some(Box::new(self.comparison(sub_attribute)?))
        } else {
            None
        };
        Ok(Filter::ValuePath { attribute, filter, then })
    }

    /// After an opening bracket.
    fn value_filter(&mut self, attribute: &AttrPath) -> Parsed<Filter> {
        if attribute.sub_attribute.is_some() {
            return Err(self.fault(format!(
                "only an attribute can have a value filter, {attribute} is a sub-attribute"
            )));
        }
        self.descend()?;
        let filter = self.or()?;
        self.expect(']', "`and`, `or` or `]`")?;
        self.depth -= 1;
        Ok(filter)
    }

    fn comparison(&mut self, path: AttrPath) -> Parsed<Filter> {
        self.terms += 1;
        if self.terms > MAX_TERMS {
            return Err(Fault::Limit(format!("more than {MAX_TERMS} comparisons; split the query")));
        }
        self.skip_blanks();
        let start = self.position;
        let word = self.word();
        if word.eq_ignore_ascii_case("pr") {
            return Ok(Filter::Present(path));
        }
        let Some(op) = Operator::parse(word) else {
            self.position = start;
            return Err(self.expected("an operator (eq, ne, co, sw, ew, gt, ge, lt, le or pr)"));
        };
        let value = self.literal()?;
        Ok(Filter::Compare { path, op, value })
    }

    fn literal(&mut self) -> Parsed<Literal> {
        self.skip_blanks();
        if self.text[self.position..].starts_with('"') {
            return self.string().map(Literal::String);
        }
        let start = self.position;
        let literal = match self.word() {
            "true" => Some(Literal::Boolean(true)),
            "false" => Some(Literal::Boolean(false)),
            "null" => Some(Literal::Null),
            // A number; anything else that serde_json reads is not one.
            word => serde_json::from_str::<Number>(word).ok().map(Literal::Number),
        };
        literal.ok_or_else(|| {
            self.position = start;
            self.expected(r#"a value ("text" in double quotes, a number, true, false or null)"#)
        })
    }

    /// A JSON string with its escapes (RFC 8259 §7).
    fn string(&mut self) -> Parsed<String> {
        let start = self.position;
        let rest = &self.text[start..];
        let mut escaped = false;
        let end = rest.char_indices().skip(1).find_map(|(at, c)| match c {
            _ if escaped => {
                escaped = false;
                None
            }
            '\\' => {
                escaped = true;
                None
            }
            '"' => Some(at + 1),
            _ => None,
        });
        let Some(end) = end else {
            return Err(self.fault("the string has no closing quote".to_owned()));
        };
        self.position = start + end;
        serde_json::from_str(&rest[..end]).map_err(|_| {
            self.position = start;
            self.fault("the string has an escape or a control character that JSON does not allow".to_owned())
        })
    }

    fn attr_path(&mut self) -> Parsed<AttrPath> {
        self.skip_blanks();
        let start = self.position;
        AttrPath::read(self.word()).ok_or_else(|| {
            self.position = start;
            self.expected("an attribute path")
        })
    }

    fn sub_attribute(&mut self) -> Parsed<String> {
        let start = self.position;
        let word = self.word();
        if path::is_attribute_name(word) {
            return Ok(word.to_owned());
        }
        self.position = start;
        Err(self.expected("a sub-attribute"))
    }

    fn descend(&mut self) -> Parsed<()> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(Fault::Limit(format!("nested deeper than {MAX_DEPTH} levels")));
        }
        Ok(())
    }

    /// Everything up to a blank, a parenthesis, a bracket or a quote.
    fn word(&mut self) -> &'a str {
        let rest = &self.text[self.position..];
        let end = rest.find(|c: char| c.is_whitespace() || "()[]\",".contains(c)).unwrap_or(rest.len());
        self.position += end;
        &rest[..end]
    }

    fn skip_blanks(&mut self) {
        let rest = &self.text[self.position..];
        self.position += rest.len() - rest.trim_start().len();
    }

    fn eat(&mut self, c: char) -> bool {
        let start = self.position;
        self.skip_blanks();
        if self.text[self.position..].starts_with(c) {
            self.position += c.len_utf8();
            return true;
        }
        self.position = start;
        false
    }

    fn eat_keyword(&mut self, keyword: &str) -> bool {
        let start = self.position;
        self.skip_blanks();
        if self.word().eq_ignore_ascii_case(keyword) {
            return true;
        }
        self.position = start;
        false
    }

    fn expect(&mut self, c: char, what: &str) -> Parsed<()> {
        if self.eat(c) { Ok(()) } else { Err(self.expected(what)) }
    }

    fn end(&mut self, what: &str) -> Parsed<()> {
        self.skip_blanks();
        if self.position == self.text.len() { Ok(()) } else { Err(self.expected(what)) }
    }

    fn expected(&mut self, what: &str) -> Fault {
        self.skip_blanks();
        let start = self.position;
        let found = match self.word() {
            "" => {
                self.text[start..].chars().next().map_or_else(|| "the end".to_owned(), |c| format!("`{c}`"))
            }
            word => path::excerpt(word),
        };
        self.position = start;
        self.fault(format!("expected {what}, found {found}"))
    }

    fn fault(&self, problem: String) -> Fault {
        Fault::At { character: self.text[..self.position].chars().count() + 1, problem }
    }
}
