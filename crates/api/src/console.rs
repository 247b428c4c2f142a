//! `/console/`: where a browser lands. One page that says where the organisation's addresses are and which commands and
//! calls do what an administrator comes for.

use actix_web::{HttpRequest, HttpResponse, http::header, web};

use crate::{problem::Problem, state::AppState};

/// Mounts `/` and `/console`.
pub(crate) fn configure(config: &mut web::ServiceConfig) {
    config
        .route("/", web::get().to(to_console))
        .route("/console", web::get().to(welcome))
        .route("/console/", web::get().to(welcome))
        .default_service(web::to(nothing_here));
}

async fn nothing_here(request: HttpRequest) -> Result<HttpResponse, Problem> {
    Err(Problem::not_found(format!(
        "nothing is at {}; SCIM is at /scim/{{organisation}}/v2, the admin API at /v1, its description at /openapi.json",
        request.path()
    )))
}

async fn to_console() -> HttpResponse {
    HttpResponse::Found().insert_header((header::LOCATION, "/console/")).finish()
}

async fn welcome(state: web::Data<AppState>) -> HttpResponse {
    HttpResponse::Ok()
        .content_type("text/html; charset=utf-8")
        .insert_header((
            header::CONTENT_SECURITY_POLICY,
            "default-src 'none'; style-src 'self' 'unsafe-inline'",
        ))
        .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .insert_header((header::REFERRER_POLICY, "no-referrer"))
        .body(page(&state.public_url))
}

/// Nothing here depends on who looks: the address is the one that the browser used to come here.
fn page(public_url: &str) -> String {
    let url = escape(public_url);
    format!(
        r#"<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Rolecall</title>
<style>
:root {{ color-scheme: light dark; }}
body {{ font: 1rem/1.6 system-ui, sans-serif; max-width: 46rem; margin: 3rem auto; padding: 0 1rem; }}
code, pre {{ font: .9rem/1.5 ui-monospace, monospace; }}
pre {{ padding: .75rem 1rem; border: 1px solid color-mix(in srgb, currentColor 25%, transparent); border-radius: .4rem; overflow-x: auto; }}
h2 {{ margin-top: 2.2rem; }}
</style>
</head>
<body>
<main>
<h1>Rolecall is running</h1>
<p>It takes people and groups from your identity provider and keeps everybody's organisation role and workspace
memberships in step. This version is managed by its command line and its admin API.</p>
<h2>Connect an identity provider</h2>
<p>Paste these two into Microsoft Entra ID, Okta or another provider:</p>
<pre>Tenant URL     {url}/scim/ORGANISATION/v2
Secret Token   rolecall token create --org ORGANISATION --name entra</pre>
<p>The organisation that the first start made is called <code>default</code>; <code>rolecall org list</code> shows all.</p>
<h2>See and change who has what</h2>
<pre>rolecall api-key create --org default --name me
curl {url}/v1/admin/workspaces -H "Authorization: Bearer KEY"</pre>
<p>All calls: <a href="/openapi.json">openapi.json</a>. Health: <a href="/health/ready">health/ready</a>.</p>
</main>
</body>
</html>
"#
    )
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    #[test]
    fn an_address_cannot_break_out_of_the_page() {
        assert!(!super::page("http://x/\"><script>").contains("<script>"));
    }
}
