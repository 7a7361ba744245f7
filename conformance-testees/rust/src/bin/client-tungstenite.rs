//! A client on tungstenite that echoes: client-tungstenite URL AGENT

use std::env;

/// Sends back what comes until the connection ends. Some cases answer so that there is none.
fn echo(url: &str) {
    let Ok((mut socket, _)) = tungstenite::connect(url) else {
        return;
    };
    while let Ok(message) = socket.read() {
        let is_data = message.is_text() || message.is_binary();
        if is_data && socket.send(message).is_err() {
            return;
        }
    }
}

fn case_count(url: &str) -> u32 {
    let (mut socket, _) = tungstenite::connect(format!("{url}/getCaseCount")).expect("no suite");
    let answer = socket.read().expect("no answer");
    answer
        .to_text()
        .expect("no text")
        .parse()
        .expect("no number")
}

fn main() {
    let url = env::args().nth(1).expect("expected the URL of the suite");
    let agent = env::args().nth(2).expect("expected a name");
    for case in 1..=case_count(&url) {
        echo(&format!("{url}/runCase?case={case}&agent={agent}"));
    }
    echo(&format!("{url}/updateReports?agent={agent}"));
}
