curl --silent --show-error --crlf --url smtp://relay.example.net:2525 \
  --ssl-reqd --cacert /etc/ssl/certs/dane-relay.pem \
  --mail-from app@example.com --mail-rcpt admin@example.org --upload-file message.eml
