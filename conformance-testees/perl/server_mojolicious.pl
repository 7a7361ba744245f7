# An echo server on Mojolicious: perl server_mojolicious.pl PORT
use Mojolicious::Lite -signatures;

# Section 9 of the suite sends messages of 16 MiB.
my $LIMIT = 32 * 1024 * 1024;

app->log->level('fatal');

websocket '/' => sub ($c) {
  $c->inactivity_timeout(120);
  $c->tx->with_compression;
  $c->tx->max_websocket_size($LIMIT);
  $c->on(text   => sub ($c, $bytes) { $c->send({text   => $bytes}) });
  $c->on(binary => sub ($c, $bytes) { $c->send({binary => $bytes}) });
};

my $port = shift @ARGV;
app->start('daemon', '-l', "http://127.0.0.1:$port");
