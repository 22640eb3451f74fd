curl --silent --show-error --url smtp://127.0.0.1:2525 \
  --mail-from app@example.com --mail-rcpt admin@example.org --upload-file message.eml
