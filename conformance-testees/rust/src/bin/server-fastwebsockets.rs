//! An echo server on fastwebsockets: server-fastwebsockets PORT

use std::env;

use bytes::Bytes;
use fastwebsockets::{upgrade, FragmentCollector, OpCode, WebSocketError};
use http_body_util::Empty;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;

async fn echo(upgraded: upgrade::UpgradeFut) -> Result<(), WebSocketError> {
    let mut socket = FragmentCollector::new(upgraded.await?);
    loop {
        let frame = socket.read_frame().await?;
        match frame.opcode {
            OpCode::Close => return Ok(()),
            OpCode::Text | OpCode::Binary => socket.write_frame(frame).await?,
            _ => {}
        }
    }
}

async fn serve(mut request: Request<Incoming>) -> Result<Response<Empty<Bytes>>, WebSocketError> {
    let (response, upgraded) = upgrade::upgrade(&mut request)?;
    tokio::spawn(echo(upgraded));
    Ok(response)
}

#[tokio::main]
async fn main() {
    let port = env::args().nth(1).expect("expected a port");
    let address = format!("127.0.0.1:{port}");
    let listener = TcpListener::bind(address).await.expect("cannot listen");
    loop {
        let (stream, _) = listener.accept().await.expect("cannot accept");
        let connection = http1::Builder::new()
            .serve_connection(TokioIo::new(stream), service_fn(serve))
            .with_upgrades();
        tokio::spawn(connection);
    }
}
