//! A change that is looked at before it is made: the first press shows who would gain and lose what, the second does just that.

use std::sync::Arc;

use maud::{Markup, html};
use parking_lot::Mutex;
use rolecall_api::work;
use rolecall_domain::{
    effect::{Effect, EffectKind, Fingerprint},
    event::Actor,
    ports::Tx,
    role::{OrgRole, WorkspaceRole},
    use_cases::{
        Act,
        plan::{self, Plan, PlanPage, SideEffects, Stopped, Wish},
    },
};

use crate::{
    fault::{Answer, Fault},
    form::TOKEN_FIELD,
    view::{self, Section, address, counted, file_form, form, heading, role_badge, table},
    visit::Signed,
};

/// The field that says which plan was looked at.
const FINGERPRINT: &str = "planned";
/// How many effects are shown; the counts tell of all.
const SHOWN: usize = 50;

/// What the page of a plan says around it.
pub(crate) struct Ask {
    pub(crate) section: Section,
    /// What is about to be done: `Map Sales team to Sales as manager?`
    pub(crate) title: String,
    /// The button: `Add the mapping`.
    pub(crate) button: &'static str,
    /// Where to go when it is not to be done.
    pub(crate) back: String,
}

/// What the form brings that does it.
pub(crate) enum Again {
    /// These fields, unseen.
    Fields(Vec<(String, String)>),
    /// These fields, of a form that may bring a file.
    WithFile(Markup),
}

type Change<T> = Box<dyn FnMut(&mut dyn Tx, &Act<'_>) -> Result<T, Fault> + Send>;

/// Either the change is done, or this page is to be shown.
pub(crate) enum Outcome<T> {
    Done(T),
    Show(Answer),
}

impl Signed {
    /// Runs `change` if its plan was looked at, and else shows the plan.
    pub(crate) async fn planned<T: Send + 'static>(
        &self,
        ask: Ask,
        change: impl FnMut(&mut dyn Tx, &Act<'_>) -> Result<T, Fault> + Send + 'static,
    ) -> Result<Outcome<T>, Fault> {
        self.planned_and_told(ask, change, |_| html! {}).await
    }

    /// The same for a change whose answer says more than who gains and loses: the plan's page tells of it, too.
    pub(crate) async fn planned_and_told<T: Send + 'static>(
        &self,
        ask: Ask,
        change: impl FnMut(&mut dyn Tx, &Act<'_>) -> Result<T, Fault> + Send + 'static,
        tell: fn(&T) -> Markup,
    ) -> Result<Outcome<T>, Fault> {
        self.planned_again(ask, self.the_same_again(), change, tell).await
    }

    /// The same for a form that is not sent again as it was.
    pub(crate) async fn planned_again<T: Send + 'static>(
        &self,
        ask: Ask,
        again: Again,
        mut change: impl FnMut(&mut dyn Tx, &Act<'_>) -> Result<T, Fault> + Send + 'static,
        tell: fn(&T) -> Markup,
    ) -> Result<Outcome<T>, Fault> {
        let told = Arc::new(Mutex::new(html! {}));
        let telling = Arc::clone(&told);
        let change = move |tx: &mut dyn Tx, act: &Act<'_>| {
            let done = change(tx, act)?;
            *telling.lock() = tell(&done);
            Ok(done)
        };
        // Asked for twice when the facts moved, one after the other.
        let change: Arc<Mutex<Change<T>>> = Arc::new(Mutex::new(Box::new(change)));
        let wish = match self.form.field(FINGERPRINT).parse::<Fingerprint>() {
            Ok(looked_at) => Wish::DoAsPlanned(looked_at),
            Err(_) => Wish::Plan(PlanPage { after: None, limit: SHOWN }),
        };
        let moved = match self.run(wish, &change).await {
            Ok(done) => return Ok(Outcome::Done(done)),
            Err(Stopped::Failed(fault)) => return Err(fault),
            Err(Stopped::Planned(plan)) => {
                return Ok(Outcome::Show(self.show_plan(&ask, &again, &plan, &told.lock(), false)));
            }
            Err(Stopped::Moved { .. }) => true,
        };
        // The facts moved since the administrator looked: look again.
        match self.run(Wish::Plan(PlanPage { after: None, limit: SHOWN }), &change).await {
            Err(Stopped::Planned(plan)) => {
                Ok(Outcome::Show(self.show_plan(&ask, &again, &plan, &told.lock(), moved)))
            }
            Err(Stopped::Failed(fault)) => Err(fault),
            _ => Err(Fault::Internal),
        }
    }

    async fn run<T: Send + 'static>(
        &self,
        wish: Wish,
        change: &Arc<Mutex<Change<T>>>,
    ) -> Result<T, Stopped<Fault>> {
        let (app, id, org) = (self.console.app.clone(), self.change_id(), self.org());
        let (actor, change) = (Actor::Administrator(self.who.administrator.id), Arc::clone(change));
        work::write(&*self.console.app.store, move |tx| {
            let change = &mut *change.lock();
            plan::run(tx, &app.act(org, actor, id), &wish, |tx, act| change(tx, act))
        })
        .await
    }

    /// All fields, where the form brought nothing else.
    fn the_same_again(&self) -> Again {
        let fields = self.form.fields().filter(|(name, _)| !matches!(*name, TOKEN_FIELD | FINGERPRINT));
        Again::Fields(fields.map(|(name, value)| (name.to_owned(), value.to_owned())).collect())
    }

    fn show_plan(&self, ask: &Ask, again: &Again, plan: &Plan, told: &Markup, moved: bool) -> Answer {
        let action = self.here();
        let button = html! {
            input type="hidden" name=(FINGERPRINT) value=(plan.fingerprint);
            button.primary type="submit" { (ask.button) }
            a.button href=(ask.back) { "Cancel" }
        };
        let body = html! {
            (heading(&[], &ask.title, "Nothing is changed yet. This is what it would do.", html! {}))
            @if moved {
                div.notice role="alert" { "Something has changed since you looked. This is what it would do now." }
            }
            (told)
            (effects(plan))
            (besides(plan))
            section.card {
                @match again {
                    Again::Fields(fields) => {
                        (form(self, &action, "inline", html! {
                            @for (name, value) in fields { input type="hidden" name=(name) value=(value); }
                            (button)
                        }))
                    }
                    Again::WithFile(fields) => { (file_form(self, &action, "stack", html! { (fields) div.inline { (button) } })) }
                }
            }
        };
        self.page(ask.section, &ask.title, body)
    }
}

fn effects(plan: &Plan) -> Markup {
    let counts = &plan.counts;
    if counts.is_empty() {
        let gives = ["mapping.", "role_mapping.", "settings.", "connection.", "group."];
        let later = plan.also.keys().any(|kind| gives.iter().any(|family| kind.starts_with(family)));
        let about = html! { @if later { "People who come later may be affected." } };
        return view::empty("Nobody's access changes", about);
    }
    html! {
        div.figures {
            @for (label, count) in [("Gain access", counts.gains), ("Lose access", counts.losses), ("Change role", counts.changes + counts.org_roles)] {
                (view::figure_only(label, &view::number(count)))
            }
        }
        section.card {
            header {
                h2 { "Who is affected" }
                p { (counted(counts.people, "person", "people")) " in " (counted(counts.workspaces, "workspace", "workspaces"))
                    @if plan.next.is_some() { "; the first " (SHOWN) " changes are shown" } "." }
            }
            (table("Who is affected", &["Person", "Where", "What", "Before", "After"], html! {
                @for effect in &plan.effects { (row(plan, effect)) }
            }))
        }
    }
}

/// What happens that is nobody's access: `Workspace created (2): Sales, Support`.
fn besides(plan: &Plan) -> Markup {
    let also: Vec<_> = plan.also.iter().filter(|(kind, _)| !is_access(kind)).collect();
    if also.is_empty() {
        return html! {};
    }
    html! {
        section.card {
            header { h2 { "What happens besides" } }
            ul.events {
                @for (kind, SideEffects { count, names }) in also {
                    li {
                        (view::kind_in_words(kind)) @if *count > 1 { " (" (view::number(*count)) ")" }
                        @if !names.is_empty() { ": " (names.join(", ")) @if *count > names.len() as u64 { " …" } }
                    }
                }
            }
        }
    }
}

/// Whether the effects tell of it already.
fn is_access(kind: &str) -> bool {
    kind.starts_with("membership.") || kind == "user.role_changed"
}

fn row(plan: &Plan, effect: &Effect) -> Markup {
    let (what, tone) = match effect.kind() {
        EffectKind::Gains => ("gains access", view::Tone::Good),
        EffectKind::Loses => ("loses access", view::Tone::Bad),
        EffectKind::Changes | EffectKind::OrgRole => ("changes role", view::Tone::Warning),
    };
    let role = |rank: Option<i16>| -> Option<&'static str> {
        match effect.workspace {
            Some(_) => rank.and_then(WorkspaceRole::from_rank).map(WorkspaceRole::as_str),
            None => rank.and_then(OrgRole::from_rank).map(OrgRole::as_str),
        }
    };
    let user = plan.names.user(effect.user).map_or_else(|| effect.user.to_string(), str::to_owned);
    let place = match effect.workspace {
        None => "the organisation".to_owned(),
        Some(id) => plan.names.workspace(id).unwrap_or("a new workspace").to_owned(),
    };
    html! {
        tr {
            td {
                // Whom the change makes has no page yet.
                @if plan.made.contains(&effect.user.0) { span.row-title { (user) } }
                @else { a.row-title href=(format!("/console/people/{}", effect.user)) { (address(&user)) } }
            }
            td data-label="Where" { (place) }
            td data-label="What" { (view::badge(what, tone)) }
            @for (label, rank) in [("Before", effect.old), ("After", effect.new)] {
                td data-label=(label) { @match role(rank) { Some(role) => { (role_badge(role)) } None => { span.faint { "none" } } } }
            }
        }
    }
}
