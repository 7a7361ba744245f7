# An echo server on websocket-driver, a thread for each connection: ruby server_websocket_driver.rb PORT
require "socket"
require "websocket/driver"

# Section 9 of the suite sends messages of 16 MiB.
LIMIT = 32 * 1024 * 1024

# What the driver writes to.
Connection = Struct.new(:socket) do
  def write(bytes)
    socket.write(bytes)
  end
end

def echo(socket)
  driver = WebSocket::Driver.server(Connection.new(socket), max_length: LIMIT)
  driver.on(:connect) { driver.start if WebSocket::Driver.websocket?(driver.env) }
  driver.on(:message) do |event|
    event.data.is_a?(String) ? driver.text(event.data) : driver.binary(event.data)
  end
  driver.on(:close) { socket.close }
  driver.parse(socket.readpartial(65_536)) until socket.closed?
rescue IOError, SystemCallError
  socket.close
end

server = TCPServer.new("127.0.0.1", Integer(ARGV[0]))
loop { Thread.new(server.accept) { |socket| echo(socket) } }
