# A client on Mojolicious that echoes: perl client_mojolicious.pl URL AGENT
use Mojo::Base -strict, -signatures;
use Mojo::IOLoop;
use Mojo::UserAgent;

# Section 9 of the suite sends messages of 16 MiB.
my $LIMIT = 32 * 1024 * 1024;

my ($url, $agent) = @ARGV;
my $ua = Mojo::UserAgent->new;

# Texts go to the reader, or back where there is none. Returns when the connection has ended; some cases
# answer so that there is none.
sub visit ($path, $reader = undef) {
  my $tx = $ua->build_websocket_tx("$url$path");
  $tx->req->headers->sec_websocket_extensions('permessage-deflate');
  $ua->start(
    $tx => sub ($ua, $tx) {
      return Mojo::IOLoop->stop unless $tx->is_websocket;
      $tx->max_websocket_size($LIMIT);
      $tx->on(text   => $reader // sub ($tx, $bytes) { $tx->send({text => $bytes}) });
      $tx->on(binary => sub ($tx, $bytes) { $tx->send({binary => $bytes}) });
      $tx->on(finish => sub { Mojo::IOLoop->stop });
    }
  );
  Mojo::IOLoop->start;
}

my $count = 0;
visit('/getCaseCount', sub ($tx, $text) { $count = $text });
visit("/runCase?case=$_&agent=$agent") for 1 .. $count;
visit("/updateReports?agent=$agent");
