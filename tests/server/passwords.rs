//! Tests of the cost of password hashing, by whichever client causes it.

use chapp::model::ThreadHead;

use crate::support::{PASSWORD, TestServer, patiently};

const BEHIND_PROXY: (&str, &str) = ("CHAPP_SERVER__BEHIND_PROXY", "true");
const MIB: u64 = 1024 * 1024;

#[tokio::test]
async fn a_burst_of_log_ins_stays_within_its_memory_and_frees_it() {
    let server = TestServer::start_with(&[BEHIND_PROXY]).await;
    server.sign_up("ana").await;
    let browser = server.browser();
    let before = server.memory();
    let log_ins = (0..60).map(|client| {
        let fields = [("username", "ana"), ("password", PASSWORD)];
        let request = browser.call("/api/log_in", &fields);
        // Each from another address, so that the limit per address does not apply.
        request.header("x-forwarded-for", format!("203.0.113.{client}"))
    });
    let answers: Vec<_> = log_ins
        .map(|request| tokio::spawn(request.send()))
        .collect();
    let mut done = 0;
    for answer in answers {
        let answer = answer.await.expect("no panic").expect("an answer");
        done += u32::from(answer.status().as_u16() < 400);
    }
    assert!(done >= 20, "{done} of them got in");
    // Two buffers of 19 MiB; the requests themselves take far less than a third one.
    let peak = server.memory().peak - before.now;
    assert!(peak < (38 + 19) * MIB, "{} MiB at the peak", peak / MIB);
    patiently("the memory to be given back", async {
        while server.memory().now > before.now + 19 * MIB {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    })
    .await;
}

#[tokio::test]
async fn a_flood_of_keys_from_one_account_does_not_block_log_ins() {
    let server = TestServer::start().await;
    let eve = server.sign_up("eve").await;
    server.sign_up("ana").await;
    let fields = [("name", "Den"), ("topic", "")];
    let made = eve.call("/api/make_room", &fields).send().await;
    let room: ThreadHead = made.expect("an answer").json().await.expect("a room");
    let flood: Vec<_> = (0..80)
        .map(|number| {
            let key = format!("violet tram {number}");
            let fields = [("thread", room.id.to_string()), ("key", key)];
            let fields: Vec<_> = fields
                .iter()
                .map(|(name, value)| (*name, &**value))
                .collect();
            tokio::spawn(eve.call("/api/set_key", &fields).send())
        })
        .collect();
    let answer = server.browser().try_log_in("ana", PASSWORD).await;
    assert!(answer.status().as_u16() < 400, "{answer:?}");
    for answer in flood {
        let status = answer.await.expect("no panic").expect("an answer").status();
        assert!(matches!(status.as_u16(), 200 | 409 | 422 | 429), "{status}");
    }
}
