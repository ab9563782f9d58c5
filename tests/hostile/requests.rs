//! HTTP floods: every server function, and invalid requests.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use reqwest::header::{ACCEPT, COOKIE, ORIGIN};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{timeout, timeout_at};

/// A server function, as its source declares it.
#[derive(Clone, Debug)]
pub struct Function {
    name: String,
    reads: bool,
    arguments: Vec<String>,
}

/// All of them, found in the sources, so that new ones are included automatically.
pub fn functions() -> Vec<Function> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/api");
    let mut functions = Vec::new();
    for file in std::fs::read_dir(folder).expect("the sources") {
        let path = file.expect("a file").path();
        let text = std::fs::read_to_string(path).expect("text");
        for declared in text.split("#[server(").skip(1) {
            let name = declared.split("endpoint = \"").nth(1);
            let name = name.and_then(|rest| rest.split('"').next());
            let attribute = declared.split(']').next().unwrap_or_default();
            let arguments = declared.split_once('(').map_or("", |(_, rest)| rest);
            let arguments = arguments.split(')').next().unwrap_or_default();
            functions.extend(name.map(|name| {
                Function {
                    name: name.to_owned(),
                    reads: attribute.contains("GetUrl"),
                    arguments: arguments
                        .split(',')
                        .filter_map(|argument| argument.split_once(':'))
                        .map(|(name, _)| name.trim().to_owned())
                        .collect(),
                }
            }));
        }
    }
    functions
}

/// A value for an argument that most functions accept.
fn value(argument: &str, number: usize) -> String {
    match argument {
        "username" | "name" | "display_name" | "topic" => format!("flood{number}"),
        "password" | "key" => format!("correct horse battery staple {number}"),
        "text" | "query" | "q" | "note" | "reason" => "flood ".repeat(100),
        "emoji" => "👍".into(),
        "on" | "reading" | "online" | "muted" | "up" => (number.is_multiple_of(2)).to_string(),
        "client_id" => chapp::model::ClientId::now().0.to_string(),
        _ => (number % 5).to_string(),
    }
}

/// Calls the functions in turns, each several times, until `until`.
pub async fn flood(address: SocketAddr, cookies: String, functions: Vec<Function>, until: Instant) {
    let client = reqwest::Client::builder()
        .timeout(Duration::from_secs(10))
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .expect("a client");
    for number in 0.. {
        // Logging out would end the flood.
        let function = &functions[number / 4 % functions.len()];
        if function.name == "log_out" && !cookies.is_empty() {
            continue;
        }
        let fields: Vec<_> = function
            .arguments
            .iter()
            .map(|argument| (argument.as_str(), value(argument, number)))
            .collect();
        let url = format!("http://{address}/api/{}", function.name);
        let request = match function.reads {
            true => {
                let fields = serde_urlencoded(&fields);
                client.get(format!("{url}?{fields}"))
            }
            false => client.post(url).form(&fields),
        };
        let request = request
            .header(ACCEPT, "application/json")
            .header(ORIGIN, format!("http://{address}"))
            .header(COOKIE, &cookies);
        let answered = timeout_at(until.into(), request.send()).await;
        if let Ok(Ok(answer)) = answered {
            let status = answer.status();
            assert_ne!(status, 500, "{}: {:?}", function.name, answer.text().await);
        }
        if Instant::now() >= until {
            return;
        }
    }
}

fn serde_urlencoded(fields: &[(&str, String)]) -> String {
    let fields = fields
        .iter()
        .map(|(name, value)| format!("{name}={}", value.replace(' ', "+")));
    fields.collect::<Vec<_>>().join("&")
}

/// Invalid, incomplete and forbidden requests.
pub const GARBAGE: [&str; 6] = [
    "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0",
    "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: x\r\nX-Long: xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
    "GET /ws HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
     Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
    "POST /api/log_in HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\n\
     Content-Length: 100000\r\n\r\nusername=xxxxxxxxxxxxxx",
    "GET /login HTTP/1.1\r\nHost: x\r\n\r\n",
];

/// Sends `garbage` repeatedly, reconnecting when it is cut off, until `until`.
pub async fn send_garbage(address: SocketAddr, garbage: &'static str, until: Instant) {
    let once = async || {
        let Ok(stream) = TcpStream::connect(address).await else {
            return;
        };
        let (mut reading, mut writing) = stream.into_split();
        let drain = tokio::spawn(async move {
            let mut buffer = vec![0; 64 * 1024];
            while reading.read(&mut buffer).await.is_ok_and(|count| count > 0) {}
        });
        while timeout(
            Duration::from_secs(5),
            writing.write_all(garbage.as_bytes()),
        )
        .await
        .is_ok_and(|written| written.is_ok())
        {
            tokio::task::yield_now().await;
        }
        drain.abort();
    };
    let again = async {
        loop {
            once().await;
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let _ = timeout_at(until.into(), again).await;
}
