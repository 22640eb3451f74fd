use Net::SMTP;

my $relay = Net::SMTP->new('relay.example.net', Port => 2525) or die $@;
$relay->starttls(SSL_ca_file => '/etc/ssl/certs/dane-relay.pem') or die $@;
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
