<?php
// With Composer: require 'vendor/autoload.php';
require '/usr/share/php/Symfony/Component/Mailer/autoload.php';

use Symfony\Component\Mailer\Mailer;
use Symfony\Component\Mailer\Transport;
use Symfony\Component\Mime\Email;

// In an application this is MAILER_DSN.
$mailer = new Mailer(Transport::fromDsn('smtp://relay.example.net:2525'));
$mailer->send((new Email())
    ->from('app@example.com')
    ->to('admin@example.org')
    ->subject('Backup')
    ->text("The backup is done.\n.profile was left out.\n.\n"));
