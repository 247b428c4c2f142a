//! The files of a cluster: what `docs/src/high-availability.md` recommends, on one machine.

use std::path::Path;

/// A PostgreSQL and its Patroni.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub(super) name: String,
    /// PostgreSQL's.
    pub(super) port: u16,
    /// Of Patroni's REST interface, by which HAProxy asks who leads.
    pub(super) rest: u16,
}

/// Passwords of the three users.
pub(super) struct Passwords {
    pub(super) superuser: String,
    pub(super) replication: String,
    pub(super) rolecall: String,
}

/// One node's file. `synchronous_mode_strict`: rather no writes than writes that only one machine has.
pub(super) fn patroni(
    node: &Node,
    folder: &Path,
    postgres: &Path,
    etcd: u16,
    passwords: &Passwords,
) -> String {
    let Node { name, port, rest } = node;
    let Passwords { superuser, replication, .. } = passwords;
    let (folder, postgres) = (folder.display(), postgres.display());
    format!(
        r#"scope: rolecall
name: {name}
restapi:
  listen: 127.0.0.1:{rest}
  connect_address: 127.0.0.1:{rest}
etcd3:
  hosts: 127.0.0.1:{etcd}
bootstrap:
  dcs:
    ttl: 20
    loop_wait: 5
    retry_timeout: 5
    synchronous_mode: true
    synchronous_mode_strict: true
    postgresql:
      use_pg_rewind: true
      parameters:
        max_connections: 200
        synchronous_commit: 'on'
        tcp_user_timeout: 10000
  initdb:
  - encoding: UTF8
  - data-checksums
  - locale: C
  pg_hba:
  - host replication replicator 127.0.0.1/32 scram-sha-256
  - host all all 127.0.0.1/32 scram-sha-256
  post_init: sh {folder}/database.sh
postgresql:
  listen: 127.0.0.1:{port}
  connect_address: 127.0.0.1:{port}
  data_dir: {folder}/{name}
  bin_dir: {postgres}
  pgpass: {folder}/{name}.pass
  authentication:
    superuser:
      username: postgres
      password: {superuser}
    replication:
      username: replicator
      password: {replication}
  parameters:
    password_encryption: scram-sha-256
    unix_socket_directories: ''
    logging_collector: 'off'
"#
    )
}

/// Run once, with the new cluster's address as `$1`.
pub(super) fn database(postgres: &Path, passwords: &Passwords) -> String {
    format!(
        "exec '{}/psql' -q -v ON_ERROR_STOP=1 -d \"$1\" -c \"CREATE ROLE rolecall LOGIN PASSWORD '{}'\" -c 'CREATE DATABASE \
         rolecall OWNER rolecall'\n",
        postgres.display(),
        passwords.rolecall
    )
}

/// A port that leads to the primary, whichever that is. What was connected to a lost one is cut off.
pub(super) fn haproxy(port: u16, nodes: &[Node]) -> String {
    let mut text = format!(
        "global\n    maxconn 1000\ndefaults\n    mode tcp\n    timeout connect 2s\n    timeout check 2s\n    timeout client \
         30m\n    timeout server 30m\nlisten primary\n    bind 127.0.0.1:{port}\n    option httpchk OPTIONS /primary\n    \
         http-check expect status 200\n    default-server inter 1s fall 2 rise 1 on-marked-down shutdown-sessions\n"
    );
    for Node { name, port, rest } in nodes {
        text.push_str(&format!("    server {name} 127.0.0.1:{port} check port {rest}\n"));
    }
    text
}
