<?php
// With Composer: require 'vendor/autoload.php';
require '/usr/share/php/libphp-phpmailer/autoload.php';

$mail = new PHPMailer\PHPMailer\PHPMailer(true);
$mail->isSMTP();
$mail->Host = '127.0.0.1';
$mail->Port = 2525;
$mail->setFrom('app@example.com');
$mail->addAddress('admin@example.org');
$mail->Subject = 'Backup';
$mail->Body = "The backup is done.\n.profile was left out.\n.\n";
$mail->send();
