use Net::SMTP;

my $relay = Net::SMTP->new('relay.example.net', Port => 465, SSL => 1, SSL_ca_file => '/etc/ssl/certs/dane-relay.pem') or die $@;
$relay->auth('app', 'correct-horse') or die $relay->message;
$relay->mail('app@example.com') or die $relay->message;
$relay->to('admin@example.org') or die $relay->message;
$relay->data(
    "From: app\@example.com\n",
    "To: admin\@example.org\n",
    "Subject: Backup\n",
    "\n",
    "The backup is done.\n",
    ".profile was left out.\n",
    ".\n",
) or die $relay->message;
$relay->quit;
