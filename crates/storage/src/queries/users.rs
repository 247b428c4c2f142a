//! People.

use rolecall_domain::{
    ids::{ConnectionId, GroupId, OrgId, UserId},
    ports::{
        KnownToken, ReadUsers, ResourcePage, ResourceQuery, Slice, StoreResult, TokenKey, Unique, UserFilter,
        UserInGroups, Wanted, WriteUsers,
    },
    records::{GroupOfUser, StoredDocument, User, UserFacts, WrittenDocument},
    time::Timestamp,
};
use rolecall_scim::index::fold;

use super::{
    super::super::{
        schema::{user_emails, users},
        types::{Id, Index, Key, Text, Uid, Words, org_role, words},
    },
    Bind, Conn, Db, Prepared, Statement, Transaction, after, by_token,
    dialect::{TextList, email_key, emails},
    groups::leave_all,
    in_groups, page, positions,
    reach::reach,
    resource::Resource,
    statement, unsigned,
};
use diesel::{dsl, prelude::*, sql_types::SmallInt};

/// The indexes that a person's values may run into.
const UNIQUE: &[(&str, Unique)] =
    &[("users_user_name", Unique::UserName), ("users_external_id", Unique::ExternalId)];

#[derive(Queryable, Selectable)]
#[diesel(table_name = users, check_for_backend(Db))]
pub(crate) struct UserRow {
    pub(crate) id: UserId,
    connection_id: ConnectionId,
    active: bool,
    org_role: i16,
    version: i64,
    created_at: i64,
    modified_at: i64,
    user_name: String,
    user_name_key: String,
    external_id: Option<String>,
    display_name: String,
    display_name_composed: bool,
    email: Option<String>,
    given_role: Option<i16>,
    outside: bool,
    gone_at: Option<i64>,
    unknown_role: Option<String>,
    document: String,
}

/// The types of the columns of [`UserRow`], for statements written by hand.
pub(crate) type UserColumns = <dsl::AsSelect<UserRow, Db> as diesel::expression::Expression>::SqlType;

/// The columns of [`UserRow`], in its order, of the table alias `u`.
macro_rules! user_columns {
    () => {
        " u.id, u.connection_id, u.active, u.org_role, u.version, u.created_at, u.modified_at, u.user_name, u.user_name_key,
          u.external_id, u.display_name, u.display_name_composed, u.email, u.given_role, u.outside, u.gone_at, u.unknown_role,
          u.document"
    };
}
pub(crate) use user_columns;

impl UserRow {
    pub(crate) fn user(self) -> StoreResult<User> {
        Ok(User {
            id: self.id,
            connection: self.connection_id,
            document: StoredDocument {
                text: self.document,
                version: self.version,
                created_at: Timestamp(self.created_at),
                modified_at: Timestamp(self.modified_at),
            },
            facts: UserFacts {
                user_name: self.user_name,
                user_name_key: self.user_name_key,
                external_id: self.external_id,
                display_name: self.display_name,
                display_name_composed: self.display_name_composed,
                email: self.email,
                active: self.active,
                org_role: org_role(self.given_role.unwrap_or(self.org_role))?,
                outside: self.outside,
                unknown_role: self.unknown_role,
            },
            org_role: org_role(self.org_role)?,
            gone_at: self.gone_at.map(Timestamp),
        })
    }
}

#[derive(Insertable)]
#[diesel(table_name = users, treat_none_as_default_value = false)]
struct NewUser<'a> {
    org_id: i64,
    id: Id,
    connection_id: Id,
    created_at: i64,
    active: bool,
    org_role: i16,
    given_role: Option<i16>,
    outside: bool,
    version: i64,
    modified_at: i64,
    user_name: Words<'a>,
    user_name_key: Words<'a>,
    external_id: Option<Words<'a>>,
    display_name: Words<'a>,
    display_name_key: Words<'a>,
    display_name_composed: bool,
    email: Option<Words<'a>>,
    email_key: Option<Words<'a>>,
    unknown_role: Option<Words<'a>>,
    document: Words<'a>,
    search: Index<'a>,
}

statement! {
    /// The groups of people, each once, direct if it is both.
    GroupsOf -> (Uid, Uid, Text, SmallInt),
    "WITH RECURSIVE person(id) AS ($2), ", reach!("person"), "
     SELECT r.person_id, g.id, g.display_name, max(r.direct)
     FROM reach r CROSS JOIN groups g ON g.org_id = $1 AND g.id = r.group_id
     WHERE g.connection_id IS NOT NULL
     GROUP BY r.person_id, g.id, g.display_name
     ORDER BY r.person_id, g.id"
}

statement! {
    /// By hand, since Diesel prepares each `UPDATE` of its DSL anew. `org_role` is left to a recomputation.
    UpdateUser,
    "UPDATE users
     SET active = $3, given_role = $4, outside = $17, version = $5, modified_at = $6, user_name = $7, user_name_key = $8,
         external_id = $9, display_name = $10, display_name_key = $11, display_name_composed = $12, email = $13,
         email_key = $14, document = $15, search = $16, unknown_role = $18
     WHERE org_id = $1 AND id = $2"
}

statement! {
    SetOutside, "UPDATE users SET outside = $3 WHERE org_id = $1 AND id IN ($2)"
}

statement! {
    /// Every e-mail address in $3, the folded form of a person.
    AddEmails,
    "INSERT INTO user_emails (org_id, email_key, user_id)
     SELECT $1, ", email_key!(), ", $2 FROM ", emails!("$3"), " WHERE ", email_key!(), " IS NOT NULL
     ON CONFLICT (org_id, email_key, user_id) DO NOTHING"
}

statement! {
    /// The addresses that tell a person from $3, its form to be: those that go (0), and those that come (1). Mostly none.
    EmailChange -> (Text, SmallInt),
    "WITH old(email_key) AS MATERIALIZED (
       SELECT ", email_key!(), " FROM users u CROSS JOIN ", emails!("u.search"), " ON true
       WHERE u.org_id = $1 AND u.id = $2 AND ", email_key!(), " IS NOT NULL
     ), new(email_key) AS MATERIALIZED (
       SELECT ", email_key!(), " FROM ", emails!("$3"), " WHERE ", email_key!(), " IS NOT NULL
     )
     SELECT email_key, CAST(0 AS SMALLINT) FROM old WHERE email_key NOT IN (SELECT email_key FROM new)
     UNION
     SELECT email_key, CAST(1 AS SMALLINT) FROM new WHERE email_key NOT IN (SELECT email_key FROM old)"
}

statement! {
    RemoveEmails,
    "DELETE FROM user_emails WHERE org_id = $1 AND user_id = $2 AND email_key IN ($3)"
}

/// What is different in the addresses of a person. Asked before the new form is written: the old one says which there are.
struct Emails {
    gone: Vec<String>,
    new: bool,
}

impl Emails {
    fn between(conn: &mut Conn, org: OrgId, id: UserId, index: &str) -> QueryResult<Self> {
        let binds = vec![Bind::Int(org.0), Bind::id(id), Bind::search(index)];
        let (new, gone): (Vec<_>, Vec<_>) =
            EmailChange::with(binds).load::<(String, i16)>(conn)?.into_iter().partition(|(_, new)| *new != 0);
        Ok(Self { gone: gone.into_iter().map(|(email, _)| email).collect(), new: !new.is_empty() })
    }

    fn apply(&self, conn: &mut Conn, org: OrgId, id: UserId, index: &str) -> QueryResult<()> {
        if !self.gone.is_empty() {
            let gone = Bind::Texts(TextList::new(&self.gone));
            RemoveEmails::with(vec![Bind::Int(org.0), Bind::id(id), gone]).execute(conn)?;
        }
        if self.new {
            AddEmails::with(vec![Bind::Int(org.0), Bind::id(id), Bind::search(index)]).execute(conn)?;
        }
        Ok(())
    }
}

impl ReadUsers for Transaction<'_> {
    fn find_user(&mut self, org: OrgId, id: UserId) -> StoreResult<Option<User>> {
        self.ask(org, |conn| {
            let row = users::table
                .filter(users::org_id.eq(org.0).and(users::id.eq(id.key())))
                .select(UserRow::as_select())
                .first(conn)
                .optional()?;
            Ok(row.map(UserRow::user).transpose()?)
        })
    }

    fn find_user_by_name(&mut self, org: OrgId, user_name_key: &str) -> StoreResult<Option<User>> {
        self.ask(org, |conn| {
            let row = users::table
                .filter(users::org_id.eq(org.0).and(users::user_name_key.eq(words(user_name_key))))
                .select(UserRow::as_select())
                .first(conn)
                .optional()?;
            Ok(row.map(UserRow::user).transpose()?)
        })
    }

    fn query_users(&mut self, org: OrgId, query: &ResourceQuery) -> StoreResult<ResourcePage<User>> {
        self.ask(org, |conn| page::users(conn, org, query))
    }

    fn find_user_by_token(
        &mut self,
        org_slug: &str,
        key: &TokenKey,
        id: UserId,
        wanted: Wanted,
    ) -> StoreResult<Option<(KnownToken, Option<UserInGroups>)>> {
        self.ask(None, |conn| by_token::user(conn, org_slug, key, id, wanted))
    }

    fn query_users_in_groups(
        &mut self,
        org: OrgId,
        query: &ResourceQuery,
    ) -> StoreResult<ResourcePage<UserInGroups>> {
        if page::is_lookup(Resource::User, query) {
            return self.ask(org, |conn| page::users_in_groups(conn, org, query));
        }
        let page = self.query_users(org, query)?;
        let ids: Vec<UserId> = page.items.iter().map(|user| user.id).collect();
        let groups = if ids.is_empty() { Vec::new() } else { self.groups_of(org, &ids)? };
        Ok(in_groups::beside(page, groups))
    }

    fn groups_of(&mut self, org: OrgId, users: &[UserId]) -> StoreResult<Vec<(UserId, GroupOfUser)>> {
        self.ask(org, |conn| {
            let binds = vec![Bind::Int(org.0), Bind::ids(users.iter().map(|user| user.0))];
            let rows: Vec<(UserId, GroupId, String, i16)> = GroupsOf::with(binds).load(conn)?;
            let group =
                |(user, id, display, direct)| (user, GroupOfUser { id, display, direct: direct != 0 });
            Ok(rows.into_iter().map(group).collect())
        })
    }

    fn list_users(
        &mut self,
        org: OrgId,
        filter: &UserFilter,
        slice: Slice<UserId>,
    ) -> StoreResult<Vec<User>> {
        self.ask(org, |conn| {
            let rows = listed(org, filter)
                .filter(users::id.gt(after(slice.after, |id| id.0).key()))
                .order(users::id)
                .limit(i64::from(slice.limit))
                .select(UserRow::as_select())
                .load(conn)?;
            Ok(rows.into_iter().map(UserRow::user).collect::<StoreResult<_>>()?)
        })
    }

    fn people_of(
        &mut self,
        org: OrgId,
        connection: ConnectionId,
        slice: Slice<UserId>,
    ) -> StoreResult<Vec<User>> {
        self.ask(org, |conn| {
            let rows = users::table
                .filter(users::org_id.eq(org.0).and(users::connection_id.eq(connection.key())))
                .filter(users::id.gt(after(slice.after, |id| id.0).key()))
                .order(users::id)
                .limit(i64::from(slice.limit))
                .select(UserRow::as_select())
                .load(conn)?;
            Ok(rows.into_iter().map(UserRow::user).collect::<StoreResult<_>>()?)
        })
    }

    fn count_users(&mut self, org: OrgId, filter: &UserFilter) -> StoreResult<u64> {
        self.ask(org, |conn| {
            if *filter == UserFilter::default() {
                return positions::total(conn, org, Resource::User);
            }
            Ok(unsigned(listed(org, filter).count().get_result(conn)?))
        })
    }
}

/// Whom an administrator asked for. Eight shapes, so each is prepared once.
fn listed<'f>(org: OrgId, filter: &UserFilter) -> users::BoxedQuery<'f, Db> {
    let mut people = users::table.filter(users::org_id.eq(org.0)).into_boxed();
    if let Some(email) = &filter.email {
        // The index has every address; the column that by which the person is known.
        let email = fold(email);
        let having = user_emails::table
            .filter(user_emails::org_id.eq(org.0).and(user_emails::email_key.eq(words(email.clone()))))
            .select(user_emails::user_id);
        people = people.filter(users::email_key.eq(words(email)).and(users::id.eq_any(having)));
    }
    if let Some(role) = filter.role {
        people = people.filter(users::org_role.eq(role.rank()));
    }
    if let Some(active) = filter.active {
        people = people.filter(users::active.eq(active));
    }
    people
}

impl WriteUsers for Transaction<'_> {
    fn insert_user(
        &mut self,
        org: OrgId,
        id: UserId,
        connection: ConnectionId,
        facts: &UserFacts,
        document: &WrittenDocument,
        now: Timestamp,
    ) -> StoreResult<()> {
        self.ask_unique(org, UNIQUE, |conn| {
            let row = NewUser {
                org_id: org.0,
                id: id.key(),
                connection_id: connection.key(),
                created_at: now.0,
                active: facts.active,
                org_role: facts.org_role.rank(),
                given_role: Some(facts.org_role.rank()),
                outside: facts.outside,
                version: 1,
                modified_at: now.0,
                user_name: words(&facts.user_name),
                user_name_key: words(&facts.user_name_key),
                external_id: facts.external_id.as_deref().map(words),
                display_name: words(&facts.display_name),
                display_name_key: words(fold(&facts.display_name)),
                display_name_composed: facts.display_name_composed,
                email: facts.email.as_deref().map(words),
                email_key: facts.email.as_deref().map(|email| words(fold(email))),
                unknown_role: facts.unknown_role.as_deref().map(words),
                document: words(&document.text),
                search: Index(&document.index),
            };
            diesel::insert_into(users::table).values(row).execute(conn)?;
            AddEmails::with(vec![Bind::Int(org.0), Bind::id(id), Bind::search(&document.index)])
                .execute(conn)?;
            positions::add(conn, org, Resource::User, id)
        })
    }

    fn update_user(
        &mut self,
        org: OrgId,
        id: UserId,
        facts: &UserFacts,
        document: &WrittenDocument,
        version: i64,
        now: Timestamp,
    ) -> StoreResult<()> {
        self.ask_unique(org, UNIQUE, |conn| {
            let binds = vec![
                Bind::Int(org.0),
                Bind::id(id),
                Bind::Bool(facts.active),
                Bind::Small(facts.org_role.rank()),
                Bind::Int(version),
                Bind::Int(now.0),
                Bind::text(&facts.user_name),
                Bind::text(&facts.user_name_key),
                Bind::optional_text(facts.external_id.as_deref()),
                Bind::text(&facts.display_name),
                Bind::Text(fold(&facts.display_name)),
                Bind::Bool(facts.display_name_composed),
                Bind::optional_text(facts.email.as_deref()),
                Bind::OptionalText(facts.email.as_deref().map(fold)),
                Bind::text(&document.text),
                Bind::search(&document.index),
                Bind::Bool(facts.outside),
                Bind::optional_text(facts.unknown_role.as_deref()),
            ];
            let emails = Emails::between(conn, org, id, &document.index)?;
            UpdateUser::with(binds).execute(conn)?;
            emails.apply(conn, org, id, &document.index)?;
            Ok(())
        })
    }

    fn set_outside(&mut self, org: OrgId, users: &[UserId], outside: bool) -> StoreResult<()> {
        self.ask(org, |conn| {
            let people = Bind::ids(users.iter().map(|user| user.0));
            SetOutside::with(vec![Bind::Int(org.0), people, Bind::Bool(outside)]).execute(conn)?;
            Ok(())
        })
    }

    fn move_user(
        &mut self,
        org: OrgId,
        id: UserId,
        to: ConnectionId,
        external_id: Option<&str>,
    ) -> StoreResult<()> {
        self.ask_unique(org, UNIQUE, |conn| {
            let person = users::org_id.eq(org.0).and(users::id.eq(id.key()));
            diesel::update(users::table.filter(person))
                .set((users::connection_id.eq(to.key()), users::external_id.eq(external_id.map(words))))
                .execute(conn)?;
            Ok(())
        })
    }

    fn delete_user(&mut self, org: OrgId, id: UserId, now: Timestamp) -> StoreResult<()> {
        self.ask(org, |conn| {
            leave_all(conn, org, id, now)?;
            Emails::between(conn, org, id, "{}")?.apply(conn, org, id, "{}")?;
            // Grants go with their foreign key.
            let person = users::org_id.eq(org.0).and(users::id.eq(id.key()));
            let gone_at: Option<Option<i64>> =
                users::table.filter(person).select(users::gone_at).first(conn).optional()?;
            diesel::delete(users::table.filter(person)).execute(conn)?;
            match gone_at {
                Some(None) => positions::remove(conn, org, Resource::User, id),
                // Nobody was there, or somebody whom no list shows and no position counts.
                _ => Ok(()),
            }
        })
    }
}
