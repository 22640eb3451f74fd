import smtplib
import ssl
from email.message import EmailMessage

message = EmailMessage()
message["From"] = "app@example.com"
message["To"] = "admin@example.org"
message["Subject"] = "Backup"
message.set_content("The backup is done.\n.profile was left out.\n.\n")

context = ssl.create_default_context(cafile="/etc/ssl/certs/dane-relay.pem")
with smtplib.SMTP("relay.example.net", 587) as relay:
    relay.starttls(context=context)
    relay.login("app", "correct-horse")
    relay.send_message(message)
