//! An echo server on tungstenite, a thread for each connection: server-tungstenite PORT

use std::net::{TcpListener, TcpStream};
use std::{env, thread};

fn echo(stream: TcpStream) {
    let Ok(mut socket) = tungstenite::accept(stream) else {
        return;
    };
    while let Ok(message) = socket.read() {
        let is_data = message.is_text() || message.is_binary();
        if is_data && socket.send(message).is_err() {
            return;
        }
    }
}

fn main() {
    let port = env::args().nth(1).expect("expected a port");
    let listener = TcpListener::bind(format!("127.0.0.1:{port}")).expect("cannot listen");
    for stream in listener.incoming().flatten() {
        thread::spawn(move || echo(stream));
    }
}
