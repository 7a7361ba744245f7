# An echo server on em-websocket: ruby server_em_websocket.rb PORT
require "em-websocket"

EM.run do
  EM::WebSocket.run(host: "127.0.0.1", port: Integer(ARGV[0])) do |socket|
    socket.onmessage { |text| socket.send_text(text) }
    socket.onbinary { |bytes| socket.send_binary(bytes) }
    socket.onerror { |_error| }
  end
end
