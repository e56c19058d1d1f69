"""After a purchase: a few mails to those who agreed to it, sent by a person, that catch trouble before it is public."""
