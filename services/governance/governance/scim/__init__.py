"""Provisioning by SCIM 2.0: an identity provider's accounts, and the HR events that they mean."""
