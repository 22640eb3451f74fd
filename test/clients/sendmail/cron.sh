/usr/sbin/sendmail -FCronDaemon -i -B8BITMIME -oem -f app@example.com admin@example.org < message.eml
