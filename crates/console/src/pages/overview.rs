//! The first page: how much there is, and what wants attention.

use maud::html;
use rolecall_domain::ports::{MappingFilter, ReadCost, UserFilter};

use crate::{
    fault::Answer,
    route::routes,
    view::{Section, figure, heading, number},
    visit::Signed,
};

routes! {
    GET "/console" auditor => show;
}

async fn show(signed: Signed) -> Answer {
    let (people, groups, workspaces, mappings) = signed
        .look(ReadCost::Scan, |tx, org| {
            Ok((
                tx.count_users(org, &UserFilter::default())?,
                tx.count_groups(org)?,
                tx.count_workspaces(org)?,
                tx.count_mappings(org, &MappingFilter::default())?,
            ))
        })
        .await?;
    let body = html! {
        (heading(&[], "Overview", "", html! {}))
        div.figures {
            (figure("People", &number(people), "/console/people", html! {}))
            (figure("Groups", &number(groups), "/console/groups", html! {}))
            (figure("Workspaces", &number(workspaces), "/console/workspaces", html! {}))
            (figure("Mappings", &number(mappings), "/console/settings/scim", html! {}))
        }
    };
    signed.page(Section::Overview, "Overview", body)
}
