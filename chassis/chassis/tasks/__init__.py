"""What a pillar changes because of incidents, and who does it (C9). Its service has the table `corrective_tasks`."""
