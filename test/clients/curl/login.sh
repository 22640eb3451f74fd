curl --silent --show-error --crlf --url smtps://relay.example.net:465 \
  --cacert /etc/ssl/certs/dane-relay.pem --user app:correct-horse \
  --mail-from app@example.com --mail-rcpt admin@example.org --upload-file message.eml
